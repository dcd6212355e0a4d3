"""The operator's door: the command `boxwright`."""
