"""Networks of the torch engine."""
