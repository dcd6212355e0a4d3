"""Boxes in the world: cycles, batches, locking, composing, releasing, exporting, tracking."""
