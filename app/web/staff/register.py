"""Puts the pages of the back office onto the application, with their menu and words."""

from flask import Flask, request
from flask_babel import lazy_gettext as _

from app.web.staff.batch_files import bp as batch_files
from app.web.staff.batches import bp as batches
from app.web.staff.boxes import bp as boxes
from app.web.staff.calendar import bp as calendar
from app.web.staff.catalogue import bp as catalogue
from app.web.staff.composition import bp as composition
from app.web.staff.coupons import bp as coupons
from app.web.staff.credit import bp as credit
from app.web.staff.curation import bp as curation
from app.web.staff.deferred import bp as deferred
from app.web.staff.dispute_words import init_dispute_words
from app.web.staff.disputes import bp as disputes
from app.web.staff.events import bp as events
from app.web.staff.finance import bp as finance
from app.web.staff.finance_words import init_finance_words
from app.web.staff.hooks import bp as hooks
from app.web.staff.invoices import bp as invoices
from app.web.staff.journal import bp as journal
from app.web.staff.leaked import bp as leaked
from app.web.staff.money_reports import given_back, owing, taxes
from app.web.staff.new_prices import bp as new_prices
from app.web.staff.papers import bp as papers
from app.web.staff.payouts import bp as payouts
from app.web.staff.people import bp as people
from app.web.staff.places import bp as places
from app.web.staff.plan_terms import bp as plan_terms
from app.web.staff.plans import bp as plans
from app.web.staff.price_lists import bp as price_lists
from app.web.staff.recurring import bp as recurring
from app.web.staff.rights import may
from app.web.staff.sharing import bp as sharing
from app.web.staff.stock import bp as stock
from app.web.staff.subscribers import bp as subscribers
from app.web.staff.today import bp as today
from app.web.staff.tracking import bp as tracking
from app.web.staff.unpaid import bp as unpaid
from app.web.staff.vouchers import bp as vouchers
from app.web.staff.whatif import bp as what_if
from app.web.staff.words import init_words

# Each room of the back office: its words, and the pages in it as (right, endpoint, words).
ROOMS = (
    (_("Today"), (("today", "staff_today.show", _("Today")),)),
    (
        _("Batches"),
        (
            ("batches", "staff_batches.index", _("Batches")),
            ("tracking", "staff_tracking.show", _("Tracking numbers")),
        ),
    ),
    (_("Subscribers"), (("subscribers", "staff_subscribers.index", _("Subscribers")),)),
    (
        _("Invoices"),
        (
            ("invoices", "staff_invoices.index", _("Invoices")),
            ("invoices", "staff_papers.index", _("Numbered papers")),
            ("invoices", "staff_disputes.index", _("Disputes")),
        ),
    ),
    (
        _("Books"),
        (
            ("money", "staff_finance.show", _("The month")),
            ("money", "staff_journal.index", _("Journal")),
            ("money", "staff_payouts.index", _("Payouts")),
            ("money", "staff_deferred.show", _("Owed as boxes")),
            ("money", "staff_recurring.show", _("Recurring revenue")),
            ("money", "staff_tax_report.tax", _("Tax")),
            ("money", "staff_given_back.register", _("Refunds and disputes")),
            ("money", "staff_owing.unpaid", _("Unpaid")),
            ("money", "staff_events.index", _("Provider's events")),
        ),
    ),
    (
        _("Catalogue"),
        (
            ("catalogue", "staff_catalogue.index", _("Products")),
            ("stock", "staff_stock.index", _("Stock")),
            ("curation", "staff_curation.index", _("Curation")),
            ("what_if", "staff_what_if.show", _("What if")),
        ),
    ),
    (
        _("Plans"),
        (
            ("plans", "staff_plans.index", _("Plans")),
            ("calendar", "staff_calendar.show", _("Closed days")),
        ),
    ),
    (
        _("Prices"),
        (
            ("prices", "staff_coupons.index", _("Codes")),
            ("vouchers", "staff_vouchers.index", _("Vouchers")),
            ("prices", "staff_price_lists.show", _("Tax and delivery")),
        ),
    ),
    (_("Webhooks"), (("hooks", "staff_hooks.index", _("Webhooks")),)),
    (_("People and keys"), (("people", "staff_people.show", _("People and keys")),)),
)
# Pages that have no place of their own in the menu belong to another's.
BELONGS = {
    "staff_leaked": "staff_coupons",
    "staff_unpaid": "staff_plans",
    "staff_plan_terms": "staff_plans",
    "staff_places": "staff_plans",
    "staff_sharing": "staff_plans",
    "staff_new_prices": "staff_plans",
    "staff_credit": "staff_subscribers",
    "staff_batch_files": "staff_batches",
    "staff_boxes": "staff_batches",
    "staff_composition": "staff_batches",
}
PAGES = (
    today,
    batches,
    batch_files,
    composition,
    tracking,
    boxes,
    subscribers,
    invoices,
    finance,
    journal,
    payouts,
    disputes,
    events,
    deferred,
    recurring,
    taxes,
    given_back,
    owing,
    catalogue,
    stock,
    curation,
    what_if,
    plans,
    plan_terms,
    places,
    sharing,
    unpaid,
    new_prices,
    credit,
    coupons,
    leaked,
    vouchers,
    price_lists,
    calendar,
    hooks,
    papers,
    people,
)
Entry = tuple[str, object, bool]


def register_staff(app: Flask) -> None:
    """Register every page of the back office."""
    for page in PAGES:
        app.register_blueprint(page)
    init_words(app)
    init_dispute_words(app)
    init_finance_words(app)
    app.jinja_env.globals.update(staff_menu=staff_menu, staff_tabs=staff_tabs, may=may)


def staff_menu() -> list[Entry]:
    """Return the rooms that somebody may enter as (endpoint, words, whether they are in it)."""
    found: list[Entry] = []
    for words, pages in ROOMS:
        open_pages = [endpoint for right, endpoint, _ in pages if may(right)]
        if open_pages:
            inside = any(belongs(endpoint) for _, endpoint, _ in pages)
            found.append((open_pages[0], words, inside))
    return found


def staff_tabs() -> list[Entry]:
    """Return the pages of the present room, where it has several that somebody may open."""
    for _words, pages in ROOMS:
        if any(belongs(endpoint) for _, endpoint, _ in pages):
            open_pages = [
                (endpoint, words, belongs(endpoint))
                for right, endpoint, words in pages
                if may(right)
            ]
            return list(open_pages) if len(open_pages) > 1 else []
    return []


def belongs(endpoint: str) -> bool:
    """Say whether the present page belongs to the one of an endpoint."""
    here = request.blueprint or ""
    return BELONGS.get(here, here) == endpoint.partition(".")[0]
