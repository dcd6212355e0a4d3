"""Words about prices: the lines of an invoice, what a code takes off, where credit came from."""

import re
from typing import Any

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.web.i18n import money

LINES = {
    "Not in this box": _("Not in this box"),
    "Paid ahead": _("Paid ahead"),
    "No tax is due": _("No tax is due"),
    "Delivery": _("Delivery"),
    "Up to the least price": _("Up to the least price"),
}
PART = re.compile(r"(?:Box (\d+): )?([\d.]+) % off")
GROUP = re.compile(r"Group: ([\d.]+) % off")
CODE = re.compile(r"Code ([A-Z0-9_-]+)")
CARRIED = re.compile(r"Carried over from invoice (\d+)")
CREDIT = {
    "given": _("Given by the shop"),
    "voucher": _("From a voucher"),
    "used": _("Used for an invoice"),
    "paid_whole": _("Used for an invoice"),
    "carried": _("Paid what an invoice had left over"),
    "returned": _("Back from an invoice that was called off"),
    "refunded": _("Given back of an invoice"),
}


def init_price_words(app: Flask) -> None:
    """Give the templates of `app` the words about prices."""
    app.jinja_env.globals.update(
        line_words=lambda line: line_text(line.text),
        off_words=off_words,
        credit_words=lambda reason: CREDIT.get(reason, reason),
    )


def line_text(text: str) -> str:
    """Return the text of a line in the reader's language where the house wrote it."""
    if text in LINES:
        return str(LINES[text])
    if part := PART.fullmatch(text):
        if part[1]:
            return str(gettext("Box %(n)s: %(percent)s %% off", n=part[1], percent=part[2]))
        return str(gettext("%(percent)s %% off", percent=part[2]))
    if group := GROUP.fullmatch(text):
        return str(gettext("Group: %(percent)s %% off", percent=group[1]))
    if carried := CARRIED.fullmatch(text):
        return str(gettext("Carried over from invoice %(number)s", number=carried[1]))
    if code := CODE.fullmatch(text):
        return str(gettext("Code %(code)s", code=code[1]))
    return text


def off_words(terms: Any) -> str:
    """Return what a coupon or discount takes off, and for how long."""
    if terms.off_bp:
        off = gettext("%(percent)s %% off", percent=f"{terms.off_bp / 100:g}")
    else:
        off = gettext("%(amount)s off", amount=money(terms.off_cents))
    if terms.boxes is None:
        return str(gettext("%(off)s every box", off=off))
    if terms.boxes == 1:
        return str(gettext("%(off)s one box", off=off))
    return str(gettext("%(off)s %(n)d boxes", off=off, n=terms.boxes))
