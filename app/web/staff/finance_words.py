"""The words of finance's pages: accounts, causes, what a month needs, how revenue moves."""

from datetime import date

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.finance.period_rules import Check, written
from app.web.staff.finance_frame import behind, month_name, this_page

ACCOUNTS = {
    "1000": _("Bank"),
    "1100": _("At the provider"),
    "1150": _("Disputed, held by the provider"),
    "1200": _("Receivable"),
    "2000": _("Owed as boxes"),
    "2050": _("Prepaid boxes and gifts owed"),
    "2100": _("Tax owed"),
    "2200": _("Credit owed to customers"),
    "4000": _("Boxes sold"),
    "4050": _("Add-ons sold"),
    "4060": _("Shipping charged"),
    "4900": _("Refunds after shipping"),
    "4990": _("Prepaid and expired"),
    "5000": _("Provider's fees"),
    "5100": _("Dispute fees and losses"),
    "5900": _("Never paid"),
}
SOURCES = {
    "payment": _("Payment"),
    "fee": _("Provider's fee"),
    "shipment": _("Box shipped"),
    "instalment": _("Prepaid box shipped"),
    "refund": _("Refund"),
    "refund_failed": _("Refund that came back"),
    "dispute": _("Dispute"),
    "dispute_lost": _("Dispute lost"),
    "payout": _("Payout"),
    "payout_back": _("Payout that came back"),
    "provider_fee": _("Other fee of the provider"),
    "credit": _("Store credit"),
    "voucher": _("Voucher"),
    "voucher_expired": _("Voucher expired"),
    "correction": _("Correction"),
    "carried": _("Left for the next invoice"),
    "on_account": _("Sent before it was paid"),
    "on_account_back": _("Taken back before it left"),
    "write_off": _("Given up as lost"),
}
# What holds, and what to say where it does not.
CHECKS = {
    Check.OVER: (_("The month is over"), _("It still runs.")),
    Check.IN_TURN: (
        _("All months before it are closed"),
        _("Months close one after the other; this one comes first: %(detail)s."),
    ),
    Check.BOOKS: (
        _("The books were proved after its end, and everything holds"),
        _("Things that do not hold: %(count)d. %(detail)s"),
    ),
    Check.ATTEMPTS: (
        _("No charge of the month is undecided"),
        _("Charges whose outcome is open: %(count)d."),
    ),
    Check.REFUNDS: (
        _("Every refund of the month has reached the provider"),
        _("Refunds that have not: %(count)d."),
    ),
    Check.PAYOUTS: (
        _("Every payout is reconciled, line by line"),
        _("Payouts that do not fit yet: %(count)d."),
    ),
    Check.EVENTS: (
        _("Every event of the provider has been applied"),
        _("Events that wait or failed: %(count)d."),
    ),
    Check.DEFERRED: (
        _("What is owed as boxes equals what is paid and not shipped"),
        _("They differ by %(count)d cents."),
    ),
}
MOVES = {
    "new": _("New"),
    "reactivation": _("Came back"),
    "expansion": _("More than before"),
    "contraction": _("Less than before"),
    "churn": _("Left"),
    "ended": _("Ran out"),
    "paused": _("Paused"),
}
PARTS = {
    "billed": _("Billed"),
    "earned": _("Earned"),
    "refunded": _("Given back"),
    "adjusted": _("Adjusted"),
}
DECLINES = {
    "soft": _("May work later"),
    "hard": _("Needs another card"),
    "action": _("Needs the subscriber"),
}
STATES = {
    "due": (_("Due"), "warn"),
    "pending": (_("On its way"), "live"),
    "succeeded": (_("Done"), "good"),
    "failed": (_("Failed"), "bad"),
    "paid": (_("Arrived"), "good"),
    "in_transit": (_("On its way"), "live"),
    "canceled": (_("Called off"), "calm"),
    "warning_needs_response": (_("Inquiry, answer wanted"), "warn"),
    "warning_under_review": (_("Inquiry under review"), "live"),
    "warning_closed": (_("Inquiry closed"), "calm"),
    "needs_response": (_("Evidence wanted"), "bad"),
    "under_review": (_("Under review"), "live"),
    "won": (_("Won"), "good"),
    "lost": (_("Lost"), "bad"),
    "prevented": (_("Settled before"), "calm"),
}
CATEGORIES = {
    "charge": _("Payment"),
    "refund": _("Refund"),
    "refund_failure": _("Refund that came back"),
    "dispute": _("Dispute"),
    "dispute_reversal": _("Dispute won"),
    "fee": _("Provider's fee"),
    "payout": _("Payout"),
}
KINDS = {
    "account": ACCOUNTS,
    "source": SOURCES,
    "move": MOVES,
    "part": PARTS,
    "decline": DECLINES,
    "category": CATEGORIES,
}


def init_finance_words(app: Flask) -> None:
    """Give the pages of finance their words."""
    app.jinja_env.filters["month"] = month_name
    app.jinja_env.globals.update(
        finance_words=finance_words,
        finance_state=finance_state,
        check_words=check_words,
        behind=behind,
        this_page=this_page,
        written_month=_written,
    )


def finance_words(kind: str, name: str) -> str:
    """Return the words for a thing of finance; its own name where there are none."""
    return str(KINDS[kind].get(str(name), name))


def finance_state(name: str) -> tuple[str, str]:
    """Return the word and the tone of a state of refunds, disputes or payouts."""
    word, tone = STATES.get(name, (name, "calm"))
    return str(word), tone


def check_words(check: str, holds: bool, count: int, detail: str) -> tuple[str, str]:
    """Return what a point of the checklist asks for, and what is wrong where it does not hold."""
    asked, wrong = CHECKS[Check(check)]
    if check == Check.BOOKS and not count:
        wrong = _("They were not proved since. The button does it now.")
    said = "" if holds else gettext(str(wrong)) % {"count": count, "detail": detail}
    return str(asked), said.strip()


def _written(month: date) -> str:
    return written(month)
