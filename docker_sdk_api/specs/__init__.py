"""Job specs: checked against what is installed, and shown in other notations."""
