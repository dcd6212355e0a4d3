"""Roles, scopes and what an address needs. Pure."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from app.core.refusals import Refusal


class Role(StrEnum):
    """What a person may do here."""

    SUBSCRIBER = "subscriber"
    FULFILMENT = "fulfilment"
    MERCHANDISING = "merchandising"
    SUPPORT = "support"
    FINANCE = "finance"
    OWNER = "owner"


STAFF = frozenset(Role) - {Role.SUBSCRIBER}


class Scope(StrEnum):
    """What an API key may do."""

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    SUBSCRIPTIONS_READ = "subscriptions:read"
    SUBSCRIPTIONS_WRITE = "subscriptions:write"
    BATCHES_READ = "batches:read"
    BATCHES_RUN = "batches:run"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    CLOCK = "clock"


class PeopleRefusal(Refusal):
    """Why something about a person cannot be done."""

    EMAIL_TAKEN = "There is already an account with this e-mail address. Please sign in."
    EMAIL_WRONG = "This does not look like an e-mail address."
    PASSWORD_SHORT = "Please choose a password of at least 10 characters."
    ADDRESS_INCOMPLETE = "Please fill in name, street, city, postcode and country."
    UNKNOWN_PERSON = "There is no such person."
    UNKNOWN_KEY = "There is no such API key."
    LAST_OWNER = "The shop needs an owner. Make somebody else one first."


@dataclass(frozen=True)
class AddressFields:
    """A postal address as typed; `country` is an ISO 3166 alpha-2 code."""

    name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str = ""
    region: str = ""

    def missing(self) -> tuple[str, ...]:
        """Return the names of required fields that are blank."""
        needed = ("name", "line1", "city", "postcode", "country")
        return tuple(each for each in needed if not getattr(self, each).strip())

    def kept(self) -> dict[str, str]:
        """Return the fields as they are stored: without blanks around them."""
        clean = {name: value.strip() for name, value in asdict(self).items()}
        return {**clean, "country": clean["country"].upper()}
