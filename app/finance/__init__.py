"""The money's diary: the provider's events once each, double entry, the proof of the books."""
