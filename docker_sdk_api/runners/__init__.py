"""The runners: one file per place where an attempt can run."""
