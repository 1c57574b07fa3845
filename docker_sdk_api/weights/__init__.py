"""The weights that trainings may start from: what there is, what fits, what is on this machine."""
