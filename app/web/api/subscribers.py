"""Subscribers: people, their addresses and cards on file, their tastes."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.billing.queries import card_of
from app.core.unit_of_work import UnitOfWork
from app.people.queries import (
    PersonRow,
    address_facts,
    last_address,
    person_row,
    subscriber_of,
    subscribers,
)
from app.people.rules import AddressFields, Scope
from app.people.services.register_person import NewPerson, register_person
from app.people.services.save_address import save_address
from app.web.api.chapter import Chapter
from app.web.api.shapes import (
    Id,
    Line,
    OptionalLine,
    Page,
    Paging,
    Params,
    Strict,
    shown,
    window,
)

SUBSCRIBERS = Chapter("Subscribers", "People who get boxes, with their addresses and cards.")
Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
    ),
]


class SubscriberPath(Params):
    """Names a subscriber."""

    subscriber_id: Id


class SearchQuery(Paging):
    """Which ones are wanted."""

    search: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = (
        Field("", description="Part of the name or the e-mail address.")
    )


class AddressIn(Strict):
    """A postal address; `country` is an ISO 3166 alpha-2 code."""

    model_config = shown(
        name="Ada Lovelace",
        line1="12 Bean Street",
        city="Boston",
        region="MA",
        postcode="02134",
        country="US",
    )

    name: Line
    line1: Line
    line2: OptionalLine = ""
    city: Line
    region: OptionalLine = ""
    postcode: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{0,15}$")]
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]

    def fields(self) -> AddressFields:
        """Return the address for a use case."""
        return AddressFields(**self.model_dump())


class Address(Strict):
    """A postal address as stored; a stored address never changes."""

    id: Id
    name: str
    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str


class Card(Strict):
    """The card on file; never its number."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class SubscriberIn(Strict):
    """Somebody new. They sign in by an e-mailed code."""

    model_config = shown(
        email="ada@example.com",
        name="Ada Lovelace",
        locale="en",
        address={
            "name": "Ada Lovelace",
            "line1": "12 Bean Street",
            "city": "Boston",
            "region": "MA",
            "postcode": "02134",
            "country": "US",
        },
    )

    email: Email
    name: Line
    locale: Literal["en", "zh-CN"] = "en"
    address: AddressIn


class Person(Strict):
    """A subscriber as lists show them."""

    id: Id
    email: str
    name: str
    locale: str


class Subscriber(Person):
    """A subscriber with the address given last and the card on file."""

    address: Address | None
    card: Card | None


class SubscriberPage(Page[Person]):
    """One page of subscribers."""


@SUBSCRIBERS.get("/subscribers", Scope.SUBSCRIPTIONS_READ)
def list_subscribers(work: UnitOfWork, query: SearchQuery) -> SubscriberPage:
    """List subscribers by their e-mail addresses, or search for some."""
    found = subscribers(work.session, query.search, query.limit + 1, query.offset)
    people = [
        Person(id=each.id, email=each.email, name=each.name, locale=each.locale) for each in found
    ]
    return SubscriberPage(**window(query, people))


@SUBSCRIBERS.create("/subscribers", Scope.SUBSCRIPTIONS_WRITE)
def create_subscriber(work: UnitOfWork, body: SubscriberIn) -> Subscriber:
    """Register a subscriber with an address; a known e-mail address is refused."""
    person = register_person(work, NewPerson(body.email, body.name, None, body.locale))
    save_address(work, person.id, body.address.fields())
    return shown_subscriber(work, person_row(person))


@SUBSCRIBERS.get("/subscribers/<uuid:subscriber_id>", Scope.SUBSCRIPTIONS_READ)
def get_subscriber(work: UnitOfWork, path: SubscriberPath) -> Subscriber:
    """Get a subscriber."""
    return shown_subscriber(work, subscriber_of(work.session, path.subscriber_id))


def shown_subscriber(work: UnitOfWork, row: PersonRow) -> Subscriber:
    """Return a subscriber in the API's words."""
    card = card_of(work.session, row.id)
    return Subscriber(
        id=row.id,
        email=row.email,
        name=row.name,
        locale=row.locale,
        address=shown_address(last_address(work.session, row.id)),
        card=Card(**vars(card)) if card else None,
    )


def shown_address(address: Any) -> Address | None:
    """Return an address in the API's words."""
    return Address(id=address.id, **address_facts(address)) if address else None
