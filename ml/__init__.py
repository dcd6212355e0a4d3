"""Tastes and mixes as plain arithmetic: arrays go in, frozen answers come out, no web and no
database."""
