"""What the stand-in refuses, in the envelopes and status codes Stripe uses."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """An answer that is an error; `saved` says whether an idempotency key remembers it."""

    def __init__(self, status: int, kind: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.saved: bool = bool(details.pop("saved", True))
        self.error: Json = {"message": message, "type": kind}
        self.error.update({name: value for name, value in details.items() if value is not None})

    def body(self) -> Json:
        """Return the envelope, with a pointer to the documentation when there is a code."""
        code = self.error.get("code")
        if code:
            self.error["doc_url"] = "https://stripe.com/docs/error-codes/" + code.replace("_", "-")
        return {"error": self.error}


def invalid(message: str, **details: Any) -> ApiError:
    """Build the everyday 400: the request makes no sense."""
    return ApiError(400, "invalid_request_error", message, **details)


def unreadable(message: str, **details: Any) -> ApiError:
    """Build a 400 for parameters that never reached the operation, so no key remembers it."""
    return ApiError(400, "invalid_request_error", message, saved=False, **details)


def missing(kind: str, wanted: str, param: str | None = None) -> ApiError:
    """Build the answer for an unknown id: 404 in the address, 400 in a parameter."""
    return ApiError(
        400 if param else 404,
        "invalid_request_error",
        f"No such {NAMES.get(kind, kind)}: '{wanted}'",
        code="resource_missing",
        param=param or "id",
    )


def unexpected_state(verb: str, intent: Json, why: str) -> ApiError:
    """Build the refusal to move an intent that is already somewhere final."""
    kind = intent["object"]
    title = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
    message = f"You cannot {verb} this {title} because {why}."
    return invalid(message, code=f"{kind}_unexpected_state", **{kind: intent})


def card_error(code: str, message: str, **details: Any) -> ApiError:
    """Build the 402 of a card that was refused."""
    return ApiError(402, "card_error", message, code=code, **details)


NAMES = {"payment_method": "PaymentMethod", "checkout.session": "checkout.session"}
