"""Jobs and their attempts: records, their rows, and what may be done with them."""
