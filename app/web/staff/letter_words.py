"""What each kind of letter is called in the back office."""

from flask_babel import lazy_gettext as _

LETTERS = {
    "card_not_saved": _("Card not saved"),
    "dispute_opened": _("A payment is disputed"),
    "welcome": _("Welcome"),
    "box_skipped": _("Box skipped"),
    "term_ordered_ahead": _("Boxes paid ahead"),
    "box_unskipped": _("Box on again"),
    "box_moved": _("Shipping day moved"),
    "box_changed_substitution": _("Substitute in the box"),
    "box_held": _("Box held"),
    "box_not_filled": _("Box not filled"),
    "box_unpaid": _("Box not paid"),
    "subscription_ended_unpaid": _("Subscription ended unpaid"),
    "card_expiring": _("Card expires soon"),
    "refund_credited": _("Given back as credit"),
    "box_shipped": _("Box shipped"),
    "subscription_paused": _("Paused"),
    "subscription_resumed": _("Resumed"),
    "subscription_cancelled": _("Cancelled"),
    "payment_failed": _("Payment declined"),
    "payment_last_try": _("Last try to charge"),
    "payment_action": _("Payment needs confirmation"),
    "payment_received": _("Payment received"),
    "card_needed": _("Card needed"),
    "refund_made": _("Refund made"),
    "stock_capped": _("Not enough stock for a mix"),
    "add_on_dropped": _("Add-on ran out"),
    "price_change": _("New price announced"),
    "credit_given": _("Credit given"),
}
