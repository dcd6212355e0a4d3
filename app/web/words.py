"""Words that pages share: states, tastes, receipts of what somebody just did, refusals."""

from typing import Any

from babel import Locale
from flask import Flask, current_app, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

from app.core.refusals import Refused
from app.personalization.rules import MANY, QUIZ
from app.web.i18n import locale, money, named
from app.web.price_words import init_price_words
from app.web.quiz_words import ANSWERS, QUESTIONS
from app.web.reason_words import lever_words, missed_words, reason_words
from app.web.taste_clauses import LEANINGS, RATING_REASONS
from app.web.tasting_words import note_words

GOOD, WARN, BAD, LIVE, CALM = "good", "warn", "bad", "live", ""

# The word and the tone of every state that a page may show.
STATES: dict[str, tuple[object, str]] = {
    "pending": (_("Waiting for a card"), WARN),
    "active": (_("Active"), GOOD),
    "paused": (_("Paused"), WARN),
    "cancelled": (_("Cancelled"), CALM),
    "ended": (_("Ended"), CALM),
    "planned": (_("Open for changes"), LIVE),
    "skipped": (_("Skipped"), CALM),
    "missed": (_("Not shipped"), CALM),
    "locked": (_("Being packed"), LIVE),
    "held": (_("On hold"), WARN),
    "composed": (_("Packed with care"), LIVE),
    "released": (_("On its way soon"), GOOD),
    "shipped": (_("Shipped"), GOOD),
    "voided": (_("Called off"), CALM),
    "open": (_("To be paid"), WARN),
    "paid": (_("Paid"), GOOD),
    "void": (_("No longer owed"), CALM),
    "refunded": (_("Refunded"), CALM),
    "due": (_("Due"), WARN),
    "created": (_("Due"), WARN),
    "processing": (_("In progress"), LIVE),
    "needs_action": (_("Needs your confirmation"), WARN),
    "succeeded": (_("Paid"), GOOD),
    "failed": (_("Failed"), BAD),
    "draft": (_("Draft"), CALM),
    "on_sale": (_("On sale"), GOOD),
    "retired": (_("Retired"), CALM),
    "ready": (_("Ready"), LIVE),
}

GRINDS = {
    "whole": _("Whole beans"),
    "filter": _("Ground for filter"),
    "espresso": _("Ground for espresso"),
}
ROASTS = {"light": _("Light roast"), "medium": _("Medium roast"), "dark": _("Dark roast")}
SOURCES = {
    "chosen": _("Your pick"),
    "auto": _("Chosen for your taste"),
    "substitute": _("The nearest match to what you picked"),
    "hero": _("A coffee that everybody gets this time"),
    "add_on": _("You added this."),
}
ALLERGENS = {
    "nuts": _("Nuts"),
    "milk": _("Milk"),
    "soy": _("Soy"),
    "gluten": _("Gluten"),
    "sesame": _("Sesame"),
}
PROCESSES = {
    "washed": _("Washed"),
    "natural": _("Natural"),
    "honey": _("Honey"),
    "anaerobic": _("Anaerobic"),
    "wet-hulled": _("Wet-hulled"),
    "semi-washed": _("Semi-washed"),
}


def init_words(app: Flask) -> None:
    """Give the templates of `app` the shared words."""
    init_price_words(app)
    app.jinja_env.filters["note_words"] = note_words
    app.jinja_env.globals.update(
        status_words=status_words,
        tone_of=tone_of,
        country_name=country_name,
        staff_nav=lambda: current_app.extensions.setdefault("staff_nav", []),
        grind_words=lambda grind: GRINDS.get(str(grind), str(grind)),
        roast_words=lambda roast: ROASTS.get(str(roast), str(roast)),
        source_words=lambda source: SOURCES.get(str(source), str(source)),
        answer_words=lambda answer: ANSWERS.get(answer, answer),
        allergen_words=allergen_words,
        origin_words=origin_words,
        processing_words=processing_words,
        size_words=size_words,
        rhythm=rhythm,
        quiz_questions=lambda: QUIZ,
        quiz_many=lambda: MANY,
        question_words=lambda question: QUESTIONS[question],
        rating_reasons=lambda: RATING_REASONS,
        leaning_words=lambda kind: LEANINGS[kind],
        taste_reasons=reason_words,
        lever_words=lever_words,
        missed_words=missed_words,
    )


def status_words(status: str) -> str:
    """Return the word for a state."""
    return str(STATES[str(status)][0]) if str(status) in STATES else str(status)


def tone_of(status: str) -> str:
    """Return the tone of a state: good, warn, bad, live or none."""
    return STATES[str(status)][1] if str(status) in STATES else CALM


def country_name(code: str) -> str:
    """Return a country's name in the reader's language."""
    return str(locale().territories.get(code, code))


def allergen_words(allergen: str) -> str:
    """Return an allergen in the reader's language where we know it."""
    return str(ALLERGENS.get(allergen.casefold(), allergen[:1].upper() + allergen[1:]))


def origin_words(origin: str) -> str:
    """Return a coffee's origin in the reader's language where it is a country."""
    codes = {name.casefold(): code for code, name in Locale("en").territories.items()}
    code = codes.get(origin.casefold())
    return country_name(code) if code else origin


def processing_words(process: str) -> str:
    """Return how a coffee was processed, in the reader's language where we know it."""
    return str(PROCESSES.get(process.casefold(), process[:1].upper() + process[1:]))


def countries() -> list[tuple[str, str]]:
    """Return all countries as (code, name), by name."""
    names = locale().territories
    pairs = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted((pair for pair in pairs if pair[0] not in NO_COUNTRIES), key=lambda pair: pair[1])


NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"})


def size_words(size: int, kind: str) -> str:
    """Say how large a box is."""
    if str(kind) == "grams":
        return str(gettext("%(size)d g", size=size))
    if size == 1:
        return str(gettext("1 bag"))
    return str(gettext("%(size)d bags", size=size))


def rhythm(unit: str, every: int) -> str:
    """Say how often a box comes."""
    if str(unit) == "week":
        if every == 1:
            return str(gettext("every week"))
        return str(gettext("every %(n)d weeks", n=every))
    if every == 1:
        return str(gettext("every month"))
    return str(gettext("every %(n)d months", n=every))


def refused(error: Refused) -> Markup:
    """Say no in words, and offer the next box that is still open where there is one."""
    sentence = escape(gettext(error.refusal.value))
    offer = error.offer
    if getattr(offer, "box_id", None) is None:
        return sentence
    link = Markup('<a href="{}">{}</a>').format(
        url_for("box.show", box_id=offer.box_id),
        gettext("Go to the box of %(day)s.", day=long_day(offer.ships_on)),
    )
    return sentence + Markup(" ") + link


def long_day(value: object) -> str:
    """Write a day for a sentence."""
    return str(current_app.jinja_env.filters["day"](value))


def skipped(receipt: Any) -> str:
    """Tell what a skip saves and what comes next."""
    told = gettext(
        "Skipped: nothing ships on %(day)s and nothing is charged for it. You save %(saved)s.",
        day=long_day(receipt.ships_on),
        saved=money(receipt.saved_cents),
    )
    if receipt.next_ships_on is None:
        return str(told)
    following = gettext("Your next box ships on %(day)s.", day=long_day(receipt.next_ships_on))
    return f"{told} {following}"


def unskipped(receipt: Any) -> str:
    """Tell that a box is on again."""
    return str(gettext("The box of %(day)s is on again.", day=long_day(receipt.ships_on)))


def swapped(now: Any, product_id: object) -> str:
    """Tell which coffee is in the box now."""
    return str(gettext("Swapped. %(coffee)s is in your box now.", coffee=name_in(now, product_id)))


def pinned(now: Any, product_id: object) -> str:
    """Tell that a coffee stays."""
    return str(gettext("%(coffee)s stays in this box.", coffee=name_in(now, product_id)))


def name_in(proposal: Any, product_id: object) -> str:
    """Return a coffee's name from a proposed box."""
    for line in proposal.lines:
        if line.product_id == product_id:
            return named(line.name)
    return str(gettext("Your coffee"))


def unpinned() -> str:
    return str(gettext("We choose for this place again."))


def taken_out() -> str:
    return str(gettext("Taken out. Something else takes its place."))


def reset() -> str:
    return str(gettext("This box is as we would pack it again."))


def choose_one() -> str:
    return str(gettext("Please choose one of the answers offered."))


def paused(resumes_on: object) -> str:
    if resumes_on is None:
        return str(gettext("Paused. Nothing ships until you resume."))
    return str(gettext("Paused. Boxes come again from %(day)s on.", day=long_day(resumes_on)))


def resumed() -> str:
    return str(gettext("Welcome back. Your boxes come again."))


def cancelled() -> str:
    return str(gettext("Your subscription has ended. Nothing more will be charged. Thank you."))


def address_changed() -> str:
    return str(gettext("Every box that is not packed yet goes to the new address."))


def saved() -> str:
    return str(gettext("Saved."))


def mix_saved() -> str:
    return str(gettext("Your mix is saved. It counts for every box that is still open."))


def taste_saved() -> str:
    return str(gettext("Thank you. Your next open box knows it already."))


def rated() -> str:
    return str(gettext("Thank you, we will remember."))


def rating_taken_back() -> str:
    return str(gettext("Taken back. We do not count it any more."))


def taste_switched(on: bool) -> str:
    if on:
        return str(gettext("Your next open box is made for your taste again."))
    return str(gettext("Your boxes hold what most people like from now on. Nothing is learnt."))


def tick_to_forget() -> str:
    return str(gettext("Please tick that you are sure first."))


def taste_forgotten() -> str:
    return str(gettext("Forgotten. What must never come still never comes."))


def card_saved() -> str:
    return str(gettext("Your new card is saved. What is open is tried with it at once."))
