"""Gifts: who gets them, when they are told, until when that can change. Pure."""

from dataclasses import dataclass
from datetime import date

from app.core.refusals import Refusal
from app.people.rules import AddressFields

LONGEST_MESSAGE = 600
MOST_BOXES = 24
FARTHEST_DAYS = 366


class GiftRefusal(Refusal):
    """Why boxes cannot be given like this."""

    UNKNOWN = "We could not find this gift."
    BAD_EMAIL = "This does not look like an e-mail address."
    NAME_MISSING = "Please say who gets the boxes."
    MESSAGE_TOO_LONG = "A message can have up to 600 characters."
    REVEAL_IN_PAST = "The day of the message must not lie in the past."
    REVEAL_TOO_FAR = "The day of the message can lie up to one year ahead."
    REVEAL_AFTER_BOX = "The first box ships before that day. Please choose an earlier day."
    HOW_MANY = "A gift can have from 1 to 24 boxes."
    PACKED = "The first box is packed already, so the gift stays with the one who gets it."
    OVER = "All boxes of this gift have been sent."
    UNKNOWN_LINK = "This link does not lead to a gift. Please use the one in our letter."


@dataclass(frozen=True)
class Recipient:
    """Who gets a gift: `address` None where the giver does not know it; told on `reveals_on`."""

    name: str
    email: str
    reveals_on: date
    message: str = ""
    address: AddressFields | None = None


def refuse_recipient(recipient: Recipient, today: date) -> tuple[GiftRefusal, str] | None:
    """Return what is wrong with a recipient, and the field that it is about."""
    wrong = (
        (not recipient.name.strip(), GiftRefusal.NAME_MISSING, "name"),
        (not _is_email(recipient.email.strip()), GiftRefusal.BAD_EMAIL, "email"),
        (len(recipient.message) > LONGEST_MESSAGE, GiftRefusal.MESSAGE_TOO_LONG, "message"),
        (recipient.reveals_on < today, GiftRefusal.REVEAL_IN_PAST, "reveals_on"),
        (
            (recipient.reveals_on - today).days > FARTHEST_DAYS,
            GiftRefusal.REVEAL_TOO_FAR,
            "reveals_on",
        ),
    )
    return next(((refusal, field) for is_so, refusal, field in wrong if is_so), None)


def _is_email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local) and "." in domain.strip(".") and not any(each.isspace() for each in text)
