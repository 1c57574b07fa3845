"""From image files to network-sized pixels, the same for every engine."""
