"""Chooses what stands behind each port, from the settings."""
