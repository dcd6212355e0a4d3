"""The words of webhooks: what their events are about, why an address is off, how one ended."""

from flask_babel import lazy_gettext as _

from app.web.words import BAD, GOOD, LIVE

TOPICS = {
    "invoice": _("Invoices"),
    "payment": _("Payments"),
    "refund": _("Refunds"),
    "credit_note": _("Credit notes"),
    "dispute": _("Disputes"),
    "payout": _("Payouts"),
    "box": _("Boxes"),
    "subscription": _("Subscriptions"),
    "month": _("Months of the books"),
}
OFF = {
    "wish": _("Switched off by staff."),
    "gone": _("Switched off: it answered that it is gone."),
    "silent": _("Switched off: it took nothing for three days."),
}
HOOK_STATES: dict[str, tuple[object, str]] = {
    "waiting": (_("Waiting"), LIVE),
    "delivered": (_("Delivered"), GOOD),
    "failed": (_("Given up"), BAD),
}
