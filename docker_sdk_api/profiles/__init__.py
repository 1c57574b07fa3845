"""What trainings take on this machine: measured once per network, size and dataset, and kept."""
