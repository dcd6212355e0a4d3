"""What every API endpoint is made of, and the list every `list` call answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.sandbox.errors import Json, missing, unreadable
from app.sandbox.params import Shape, read
from app.sandbox.state import INDEXED, Book, public

# From this version on, the types of payment methods can no longer be listed by hand.
ENDIVE = "2026-09-30"
TYPES = "payment_method_types"


@dataclass(frozen=True)
class Visit:
    """Where a request came in, and the version of the API that it speaks."""

    base_url: str
    path: str
    version: str


@dataclass(frozen=True)
class Call:
    """One request on its way through an endpoint."""

    book: Book
    params: Json
    ids: dict[str, str]
    visit: Visit

    @property
    def base_url(self) -> str:
        """Return where this server's own pages begin."""
        return self.visit.base_url

    def given(self, *names: str) -> Json:
        """Return those of the named parameters that were sent."""
        return {name: self.params[name] for name in names if name in self.params}


@dataclass(frozen=True)
class Endpoint:
    """A method, a path, the parameters it knows, and what it does."""

    method: str
    rule: str
    shape: Shape
    run: Callable[[Call], Json]
    lists_types: bool = False  # took `payment_method_types` until endive

    def call(self, book: Book, sent: Json, ids: dict[str, str], visit: Visit) -> Json:
        """Check the parameters and do the work; `expand` is left to the server."""
        shape = {**self.shape, "expand": "texts"}
        if self.lists_types and visit.version < ENDIVE:
            shape[TYPES] = "texts"
        elif self.lists_types and TYPES in sent:
            message = f"{TYPES} can no longer be set. Use allowed_{TYPES} or leave it out."
            raise unreadable(message, code=f"{TYPES}_no_longer_supported", param=TYPES)
        return self.run(Call(book, read(sent, shape), ids, visit))


ADDRESS: Shape = dict.fromkeys(
    ("line1", "line2", "city", "state", "postal_code", "country"), "text"
)
SHIPPING: Shape = {
    "address": ADDRESS,
    "name": "text",
    "phone": "text",
    "carrier": "text",
    "tracking_number": "text",
}
BILLING: Shape = {"address": ADDRESS, "email": "text", "name": "text", "phone": "text"}
PAGE: Shape = {"limit": "integer", "starting_after": "text", "ending_before": "text"}
DATED: Shape = {**PAGE, "created": "range"}
Keep = Callable[[Json], bool]


def address(given: Json | None) -> Json | None:
    """Return an address with all of its lines, absent ones as None."""
    return None if given is None else {line: given.get(line) for line in ADDRESS}


def shipping(given: Json | None) -> Json | None:
    """Return shipping details as Stripe shows them."""
    if given is None:
        return None
    filled = {name: given.get(name) for name in SHIPPING}
    return {**filled, "address": address(given.get("address") or {})}


def billing(given: Json | None) -> Json:
    """Return billing details as Stripe shows them."""
    given = given or {}
    filled = {name: given.get(name) for name in BILLING}
    return {**filled, "address": address(given.get("address") or {}), "tax_id": None}


def retrieve(kind: str) -> Callable[[Call], Json]:
    """Build the endpoint that answers with one object of a kind."""

    def run(call: Call) -> Json:
        return call.book.find(kind, call.ids["id"])

    return run


def listing(call: Call, kind: str, by: Sequence[str] = (), keep: Keep | None = None) -> Json:
    """Answer a `list` call, newest first; `by` names parameters that must equal a field."""
    wanted = {name: call.params[name] for name in by if call.params.get(name) is not None}
    ids = call.book.ids(kind)
    for field in set(wanted).intersection(INDEXED.get(kind, ())):
        linked = call.book.linked(kind, field, wanted[field])
        ids = linked if len(linked) < len(ids) else ids

    def fits(thing: Json) -> bool:
        equal = all(thing[field] == value for field, value in wanted.items())
        return equal and (keep is None or keep(thing))

    return page(call, ids, fits)


def page(call: Call, ids: list[str], fits: Keep) -> Json:
    """Cut one page out of ids that stand oldest first."""
    limit = _limit(call.params)
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after:
        candidates = range(_place(call, ids, after, "starting_after") - 1, -1, -1)
    elif before:
        candidates = range(_place(call, ids, before, "ending_before") + 1, len(ids))
    else:
        candidates = range(len(ids) - 1, -1, -1)
    found = _collect(call, (ids[at] for at in candidates), fits, limit + 1)
    rows = found[:limit]
    if before and not after:
        rows.reverse()
    return list_object(rows, call.visit.path, len(found) > limit)


def list_object(rows: list[Json], url: str, has_more: bool = False) -> Json:
    """Wrap rows as Stripe's list."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def _limit(params: Json) -> int:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        message = f"This value must be between 1 and 100 (it currently is '{limit}')."
        raise unreadable(message, param="limit")
    return int(limit)


def _place(call: Call, ids: list[str], wanted: str, param: str) -> int:
    if call.book.kind_of(wanted) is None:
        raise missing("object", wanted, param)
    return call.book.position(ids, wanted)


def _collect(call: Call, ids: Any, fits: Keep, most: int) -> list[Json]:
    found: list[Json] = []
    bounds = call.params.get("created", {})
    for wanted in ids:
        if not within(call.book.created(wanted), bounds):
            continue
        thing = call.book.get(wanted)
        if thing is not None and fits(thing):
            found.append(public(thing))
            if len(found) == most:
                break
    return found


def within(moment: int, bounds: dict[str, int]) -> bool:
    """Tell whether a moment lies inside `gt`, `gte`, `lt` and `lte`."""
    return (
        moment > bounds.get("gt", moment - 1)
        and moment >= bounds.get("gte", moment)
        and moment < bounds.get("lt", moment + 1)
        and moment <= bounds.get("lte", moment)
    )
