"""Reading images from outside, by the same rules wherever one is read."""
