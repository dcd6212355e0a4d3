"""Gives each command the tools of the shop, and signs what it does with the operator's name."""

import getpass

import click

from app.core.unit_of_work import Actor
from app.wiring.settings import Settings
from app.wiring.tools import Tools, build_tools


def open_tools(provider: bool = False) -> Tools:
    """Connect to the shop that the environment names.

    `provider` says that the command talks to the payment provider, whose stand-in is then
    started in the sandbox if it does not run yet.
    """
    tools = build_tools(Settings(), provider)
    click.get_current_context().call_on_close(tools.engine.dispose)
    return tools


def operator() -> Actor:
    """Return the person at the terminal."""
    try:
        return Actor("operator", getpass.getuser())
    except (KeyError, OSError):  # a user without a name, as in some containers
        return Actor("operator")
