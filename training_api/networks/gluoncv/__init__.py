"""Networks of the gluoncv engine."""
