"""Boxwright: subscription boxes, each one personal."""
