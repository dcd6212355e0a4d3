"""One attempt to pay an intent: approved, refused, or sent to its owner's bank first."""

from dataclasses import dataclass

from app.sandbox import cards, charging, debits, events, payment_methods, taxes
from app.sandbox.cards import Decline
from app.sandbox.errors import ApiError, Json, card_error
from app.sandbox.state import Book, new_id, public


@dataclass(frozen=True)
class Manner:
    """How an intent is confirmed: with or without its owner, and where to send them after."""

    base_url: str
    off_session: bool = False
    return_url: str | None = None
    error_on_action: bool = False


def pay(book: Book, intent: Json, method: Json, manner: Manner) -> Json:
    """Try to charge; return the intent, or raise the card's 402 with it inside.

    A debit is only handed to the bank, which takes days.
    """
    if method["type"] == debits.TYPE:
        return debits.begin(book, intent, method)
    trait = cards.trait_of(method["_number"])
    if needs_owner(method, manner.off_session):
        if manner.off_session or manner.error_on_action:
            raise fail(book, intent, method, cards.AUTHENTICATION)
        return ask(book, intent, method, manner)
    decline = trait.decline or _expired(book, method)
    if decline is not None:
        raise fail(book, intent, method, decline)
    return succeed(book, intent, method)


def needs_owner(method: Json, off_session: bool) -> bool:
    """Tell whether the bank wants to see the owner before this payment."""
    if method["type"] == debits.TYPE:
        return False
    asks = cards.trait_of(method["_number"]).asks
    if asks == "until_known":
        return not (off_session and method["_known"])
    return asks == "always"


def ask(book: Book, intent: Json, method: Json, manner: Manner) -> Json:
    """Send the owner to the bank's page; the intent waits meanwhile."""
    page = f"{manner.base_url}/3ds/{intent['id']}?secret={intent['client_secret']}"
    if manner.return_url:
        redirect = {"url": page, "return_url": manner.return_url}
        action: Json = {"type": "redirect_to_url", "redirect_to_url": redirect}
    else:
        script = {"type": "three_d_secure_redirect", "stripe_js": page, "source": new_id("src_")}
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": script}
    intent.update(
        status="requires_action",
        next_action=action,
        payment_method=method["id"],
        _return_url=manner.return_url,
    )
    book.put(intent)
    events.emit(book, f"{intent['object']}.requires_action", intent)
    return intent


def answer_bank(book: Book, intent: Json, approved: bool) -> Json:
    """Go on after the owner told the bank yes or no; return the intent either way."""
    method = book.find("payment_method", intent["payment_method"])
    try:
        if not approved:
            raise refuse_identity(book, intent, method)
        decline = cards.trait_of(method["_number"]).decline or _expired(book, method)
        if decline is not None:
            raise fail(book, intent, method, decline)
        method["_known"] = True
        book.put(method)
        return succeed(book, intent, method)
    except ApiError:
        return book.find("payment_intent", intent["id"])


def succeed(book: Book, intent: Json, method: Json) -> Json:
    """Take the money."""
    if intent["setup_future_usage"] == "off_session" and intent["customer"]:
        payment_methods.attach(book, method, intent["customer"])
    elif method["customer"] is None:
        method["_spent"] = True
        book.put(method)
    charged = charging.charge(book, intent, method, None)
    intent.update(
        status="succeeded",
        next_action=None,
        last_payment_error=None,
        amount_received=intent["amount"],
        amount_capturable=0,
        payment_method=method["id"],
        latest_charge=charged["id"],
    )
    book.put(intent)
    events.emit(book, "payment_intent.succeeded", intent)
    taxes.record_paid(book, intent)
    return intent


def fail(book: Book, intent: Json, method: Json, decline: Decline) -> ApiError:
    """Write a refused attempt down and return the error to raise."""
    charged = charging.charge(book, intent, method, decline)
    intent["latest_charge"] = charged["id"]
    error = decline.error(charge=charged["id"], payment_method=public(method))
    return _back_to_start(book, intent, error)


def refuse_identity(book: Book, intent: Json, method: Json) -> ApiError:
    """Write down that the owner did not authenticate and return the error."""
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment"
        " method and try again."
    )
    code = "payment_intent_authentication_failure"
    error = card_error(code, message, payment_method=public(method))
    return _back_to_start(book, intent, error)


def _back_to_start(book: Book, intent: Json, error: ApiError) -> ApiError:
    intent.update(
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error=error.body()["error"].copy(),
    )
    book.put(intent)
    events.emit(book, "payment_intent.payment_failed", intent)
    error.error["payment_intent"] = public(intent)
    return error


def _expired(book: Book, method: Json) -> Decline | None:
    card = method["card"]
    late = cards.expired(card["exp_month"], card["exp_year"], book.now())
    return cards.EXPIRED if late else None
