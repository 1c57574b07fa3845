"""The machine: processors, memory, GPUs, and whether all that jobs need is there."""
