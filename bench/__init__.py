"""Measurements on this machine, each a command that anybody can repeat."""
