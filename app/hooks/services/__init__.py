"""Use cases of telling other programs."""
