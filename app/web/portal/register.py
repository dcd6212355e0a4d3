"""Puts the subscribers' pages onto the application."""

from flask import Flask


def register_portal(app: Flask) -> None:
    """Register every page of the portal."""
