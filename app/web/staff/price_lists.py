"""Tax and delivery: the rates that hold where and when, and what sending costs by weight."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.billing.price_list_queries import shipping_prices, tax_rates
from app.billing.services.import_tax_rates import save_tax_rate
from app.billing.services.set_shipping import drop_shipping, save_shipping
from app.billing.shipping_rules import ShippingPrice
from app.billing.tax_rules import CATEGORIES, Rate
from app.core.clock import local_day
from app.core.refusals import Refused
from app.web import words
from app.web.doors import open_work
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_price_lists", __name__, url_prefix="/staff/price-lists")
bp.register_error_handler(Refused, back_to("staff_price_lists.show"))


@bp.get("/")
@allowed("prices")
def show() -> ResponseReturnValue:
    """Show rates of tax and prices of delivery."""
    return page(Typed(), Typed())


@bp.post("/tax")
@allowed("prices")
def tax() -> ResponseReturnValue:
    """Add a rate from a day on, or change the one of that day."""
    typed = Typed(request.form)
    rate = read_rate(typed)
    if rate is None:
        return page(typed, Typed()), 422
    with open_work() as work:
        save_tax_rate(work, rate)
    flash(gettext("Saved. Invoices that are written keep their rate."), "good")
    return redirect(url_for("staff_price_lists.show"), 303)


@bp.post("/shipping")
@allowed("prices")
def shipping() -> ResponseReturnValue:
    """Add a price of delivery, or change the one of that place and weight."""
    typed = Typed(request.form)
    price = ShippingPrice(
        zone=typed.text("zone", required=True, longest=60),
        country=typed.choice("to_country", ["", *countries()], required=False) or "",
        region=typed.text("to_region", longest=60),
        up_to_grams=typed.number("up_to_grams", 0, 1_000_000) if typed.text("up_to_grams") else 0,
        price_cents=typed.cents("price"),
        free_from_cents=typed.cents("free_from") if typed.text("free_from") else None,
    )
    if not typed.ok:
        return page(Typed(), typed), 422
    with open_work() as work:
        save_shipping(work, price)
    flash(gettext("Saved. Boxes that are invoiced keep their price."), "good")
    return redirect(url_for("staff_price_lists.show"), 303)


@bp.post("/shipping/drop")
@allowed("prices")
def drop() -> ResponseReturnValue:
    """Take a price of delivery away."""
    typed = Typed(request.form)
    grams = typed.number("up_to_grams", 0, 1_000_000)
    with open_work() as work:
        drop_shipping(work, typed.text("country"), typed.text("region"), grams)
    flash(gettext("Taken away."), "good")
    return redirect(url_for("staff_price_lists.show"), 303)


def read_rate(typed: Typed) -> Rate | None:
    """Read a rate; None where something is wrong."""
    country = typed.choice("country", countries()) or ""
    percent = typed.cents("percent")
    if percent > 10_000:
        typed.refuse("percent", gettext("A rate lies between 0 and 100 per cent."))
    first, last = typed.day("valid_from", required=True), typed.day("valid_to")
    if first and last and last < first:
        typed.refuse("valid_to", gettext("The last day must not lie before the first."))
    rate = Rate(
        country=country,
        region=typed.text("region", longest=60),
        category=typed.choice("category", ["", *CATEGORIES], required=False) or "",
        rate_bp=percent,
        valid_from=first or date.min,
        valid_to=last,
        inclusive=typed.ticked("inclusive"),
        label=typed.text("label", longest=40) or "Tax",
    )
    return rate if typed.ok else None


def countries() -> list[str]:
    """Return the codes of all countries."""
    return [code for code, _ in words.countries()]


def page(taxing: Typed, sending: Typed) -> str:
    """Return the lists with both forms as typed."""
    with open_work() as work:
        rates, prices = tax_rates(work.session), shipping_prices(work.session)
        shop, today = work.shop, local_day(work.now, work.shop.zone)
    return render_template(
        "staff/price_lists.html",
        rates=rates,
        prices=prices,
        shop_tax_bp=shop.tax_bp,
        home=shop.country,
        today=today,
        countries=words.countries(),
        taxing=taxing,
        sending=sending,
    )
