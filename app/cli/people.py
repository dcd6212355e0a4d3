"""`boxwright make-staff` and `boxwright api-key`: who may do what."""

import sys

import click

from app.cli.console import answer, examples, json_option
from app.cli.opening import open_tools, operator
from app.core.refusals import Refused
from app.people.queries import person_row
from app.people.rules import STAFF, PeopleRefusal, Role, Scope
from app.people.services.api_keys import create_api_key
from app.people.services.register_person import NewPerson
from app.people.services.register_person import make_staff as give_roles

SHORTEST_PASSWORD = 10


@click.command(
    "make-staff",
    epilog=examples(
        "boxwright make-staff ada@example.com --role owner",
        "boxwright make-staff ben@example.com --role fulfilment --role support --name Ben",
    ),
)
@click.argument("email")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(sorted(role.value for role in STAFF)),
    help="What the person may do; may be given several times.",
)
@click.option("--name", default="", help="The person's name.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read a password from standard input; without one they sign in by e-mailed code.",
)
@json_option
def make_staff(
    email: str, roles: tuple[str, ...], name: str, password_stdin: bool, as_json: bool
) -> None:
    """Let somebody work for the shop. Somebody who is known already gets the roles on top."""
    tools = open_tools()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    if password_stdin and len(password) < SHORTEST_PASSWORD:
        raise Refused(PeopleRefusal.PASSWORD_SHORT, field="password")
    hashed = tools.hash_password(password) if password else None
    with tools.units(operator()) as work:
        person = give_roles(work, NewPerson(email, name, hashed), [Role(each) for each in roles])
        row = person_row(person)
    answer(as_json, {"person": row}, f"{row.email} is now: {', '.join(row.roles)}.")


@click.group("api-key")
def api_key() -> None:
    """Keys with which programs use the API."""


@api_key.command(
    epilog=examples(
        "boxwright api-key create warehouse --scope batches:read",
        "boxwright api-key create till --scope catalog:read --scope subscriptions:write --json",
    )
)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(sorted(scope.value for scope in Scope)),
    help="What the key may do; may be given several times.",
)
@json_option
def create(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a key. It is shown this once and never stored."""
    with open_tools().units(operator()) as work:
        row, key = create_api_key(work, name, [Scope(each) for each in scopes])
        record = {"id": row.id, "name": row.name, "scopes": row.scopes, "key": key}
    answer(as_json, record, key, "Keep it safe: it cannot be shown again.")
