"""Composes all boxes of a batch at once, proves how good they are, and checks them."""
