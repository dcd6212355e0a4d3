"""The catalogue: products with their taste, and the bags they come in."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.catalog.rules import CatalogRefusal, SaleStatus
from app.catalog.services.save_product import save_product, save_sku
from app.catalog.stock_queries import ProductPage, code_is_taken, product_page, product_rows
from app.core.refusals import Refused
from app.web.doors import open_work
from app.web.staff.paging import wanted_page, wanted_word
from app.web.staff.product_form import product_values, read_product, read_sku
from app.web.staff.refusing import back_to
from app.web.staff.rights import allowed
from app.web.typed import Typed

bp = Blueprint("staff_catalogue", __name__, url_prefix="/staff/catalogue")
bp.register_error_handler(Refused, back_to("staff_catalogue.index"))
STATES = tuple(status.value for status in SaleStatus)


@bp.get("/")
@allowed("catalogue")
def index() -> ResponseReturnValue:
    """List the products."""
    word, state, window = wanted_word(), wanted_word("state"), wanted_page(50)
    wanted = state if state in STATES else ""
    with open_work() as work:
        rows = window.page(product_rows(work.session, wanted, word, window.limits))
    return render_template("staff/catalogue.html", rows=rows, q=word, state=wanted, states=STATES)


@bp.get("/new")
@allowed("catalogue")
def new() -> ResponseReturnValue:
    """Ask for a new product."""
    return form(Typed(product_values(None)), None)


@bp.post("/new")
@allowed("catalogue")
def add() -> ResponseReturnValue:
    """Add a product; a code that is in use is refused."""
    typed = Typed(request.form)
    fields = read_product(typed, {})
    if typed.ok:
        try:
            with open_work() as work:
                if code_is_taken(work.session, fields.code):
                    raise Refused(CatalogRefusal.CODE_TAKEN, field="code")
                product_id = save_product(work, fields).id
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return form(typed, None), 422
    flash(gettext("Saved. Add the bags it comes in below."), "good")
    return redirect(url_for("staff_catalogue.edit", product_id=product_id) + "#bags", 303)


@bp.get("/<uuid:product_id>")
@allowed("catalogue")
def edit(product_id: uuid.UUID) -> ResponseReturnValue:
    """Show a product to be changed."""
    found = read(product_id)
    return form(Typed(product_values(found)), found)


@bp.post("/<uuid:product_id>")
@allowed("catalogue")
def change(product_id: uuid.UUID) -> ResponseReturnValue:
    """Change a product."""
    found = read(product_id)
    typed = Typed(request.form)
    fields = read_product(typed, found.facts, found.code)
    if typed.ok:
        try:
            with open_work() as work:
                save_product(work, fields)
        except Refused as refused:
            typed.refused(refused)
    if not typed.ok:
        return form(typed, found), 422
    flash(gettext("Saved."), "good")
    return redirect(url_for("staff_catalogue.edit", product_id=product_id), 303)


@bp.post("/<uuid:product_id>/bags")
@allowed("catalogue")
def save_bag(product_id: uuid.UUID) -> ResponseReturnValue:
    """Add a bag, or change the one with this code."""
    found = read(product_id)
    typed = Typed(request.form)
    fields = read_sku(typed)
    if typed.ok:
        try:
            with open_work() as work:
                save_sku(work, product_id, fields)
        except Refused as refused:
            typed.refuse(f"sku_{refused.field}", gettext(refused.refusal.value))
    if not typed.ok:
        return form(Typed(product_values(found)), found, typed), 422
    flash(gettext("Saved."), "good")
    return redirect(url_for("staff_catalogue.edit", product_id=product_id) + "#bags", 303)


def read(product_id: uuid.UUID) -> ProductPage:
    """Return a product as stored."""
    with open_work() as work:
        return product_page(work.session, product_id)


def form(typed: Typed, found: ProductPage | None, bag: Typed | None = None) -> str:
    """Return the form as typed."""
    return render_template(
        "staff/product.html", typed=typed, product=found, bag=bag or Typed(), states=STATES
    )
