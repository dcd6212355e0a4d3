"""Words for disputes and for events of the payment provider."""

from flask import Flask
from flask_babel import lazy_gettext as _

DISPUTE_STATES = {
    "warning_needs_response": _("The bank asks"),
    "warning_under_review": _("The bank looks at our answer"),
    "needs_response": _("Needs an answer"),
    "under_review": _("Under review"),
    "warning_closed": _("Closed without a dispute"),
    "prevented": _("Prevented"),
    "lost": _("Lost"),
    "won": _("Won"),
}
DISPUTE_REASONS = {
    "product_not_received": _("The goods did not arrive."),
    "product_unacceptable": _("The goods were not as described."),
    "subscription_canceled": _("The subscription had been cancelled."),
    "duplicate": _("The same was charged twice."),
    "unrecognized": _("The cardholder does not know the payment."),
    "fraudulent": _("The cardholder did not make the payment."),
    "credit_not_processed": _("A promised refund did not come."),
}
EVENT_STATES = {
    "waiting": _("Waiting"),
    "done": _("Applied"),
    "ignored": _("Means nothing to us"),
    "aside": _("In a version we do not know"),
    "dead": _("Given up"),
}


def init_dispute_words(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.globals.update(
        dispute_states=DISPUTE_STATES,
        dispute_reason=lambda reason: DISPUTE_REASONS.get(reason, _("No reason was given.")),
        event_states=EVENT_STATES,
    )
