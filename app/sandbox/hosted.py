"""The pages a person sees: checkout, the card portal and the bank's question."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request

from app.sandbox import attempts, billing_portal, checkout, setup_intents
from app.sandbox.errors import ApiError, Json, card_error
from app.sandbox.state import Book

EXAMPLES = (
    ("4242 4242 4242 4242", "works"),
    ("4000 0025 0000 3155", "asks the bank first"),
    ("4000 0000 0000 0341", "can be saved, then declines"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has insufficient funds"),
)
KINDS = {"pi": "payment_intent", "seti": "setup_intent"}
Page = Any


def hosted_pages(book: Book) -> Blueprint:
    """Build the blueprint with every hosted page."""
    pages = Blueprint("hosted", __name__, template_folder="templates")
    pages.after_request(_keep_private)
    _checkout(pages, book)
    _portal(pages, book)
    _bank(pages, book)
    return pages


def _keep_private(response: Any) -> Any:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    )
    return response


def _base_url() -> str:
    return request.host_url.rstrip("/")


def typed_card(form: Any) -> Json:
    """Turn the form into payment method parameters; a bank account begins with its country."""
    person = {"name": form.get("name") or None, "email": form.get("email") or None}
    if form.get("card_number", "").strip()[:2].isalpha():
        iban = {"iban": form["card_number"]}
        return {"type": "sepa_debit", "sepa_debit": iban, "billing_details": person}
    month, _, year = form.get("expiry", "").replace(" ", "").partition("/")
    if not (month.isdecimal() and year.isdecimal() and len(year) in (2, 4)):
        raise card_error("invalid_expiry_month", "Enter the expiry as MM / YY.")
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    card = {"number": form.get("card_number", ""), "exp_month": month, "exp_year": full_year}
    return {"type": "card", "card": card, "billing_details": person}


def _find(book: Book, kind: str, wanted: str) -> Json:
    if book.kind_of(wanted) != kind:
        abort(404)
    return book.find(kind, wanted)


def _form(template: str, problem: str = "", **facts: Any) -> Page:
    shown = {"typed": request.form, "problem": problem, "examples": EXAMPLES, **facts}
    return render_template(template, **shown), 402 if problem else 200


def _closed(title: str, text: str, onward: str | None = None) -> Page:
    return render_template("closed.html", title=title, text=text, onward=onward), 200


def _show_checkout(book: Book, session: Json, problem: str = "") -> Page:
    if session["status"] == "complete":
        onward = checkout.finish(book, session)
        return _closed("All done", "This payment page has been used already.", onward)
    if session["status"] == "expired":
        text = "This payment page has expired. Go back to the shop for a new one."
        return _closed("Too late", text, session["cancel_url"])
    items = session["_line_items"]["data"]
    return _form("pay.html", problem, session=session, items=items)


def _checkout(pages: Blueprint, book: Book) -> None:
    @pages.get("/pay/<wanted>")
    def pay(wanted: str) -> Page:
        with book.work():
            _find(book, "checkout.session", wanted)
            return _show_checkout(book, checkout.current(book, wanted))

    @pages.post("/pay/<wanted>")
    def submit(wanted: str) -> Page:
        with book.work():
            _find(book, "checkout.session", wanted)
            session = checkout.current(book, wanted)
            if session["status"] != "open":
                return _show_checkout(book, session)
            try:
                card = typed_card(request.form)
                return redirect(checkout.submit(book, session, card, _base_url()), 303)
            except ApiError as refusal:
                return _show_checkout(book, session, str(refusal))

    @pages.get("/pay/<wanted>/return")
    def back(wanted: str) -> Page:
        with book.work():
            session = _find(book, "checkout.session", wanted)
            intent = checkout.intent_of(book, session)
            if intent is not None and intent["status"] == "succeeded":
                return redirect(checkout.finish(book, session), 303)
            return _show_checkout(book, session, _last_problem(intent))


def _show_portal(book: Book, session: Json, problem: str = "") -> Page:
    if billing_portal.is_over(book, session):
        return _closed("Too late", "This page has expired.", session["return_url"])
    customer = book.find("customer", session["customer"])
    chosen = customer["invoice_settings"]["default_payment_method"]
    method = book.get(chosen) if chosen else None
    return _form("portal.html", problem, session=session, customer=customer, method=method)


def _portal(pages: Blueprint, book: Book) -> None:
    @pages.get("/portal/<wanted>")
    def portal(wanted: str) -> Page:
        with book.work():
            return _show_portal(book, _find(book, "billing_portal.session", wanted))

    @pages.post("/portal/<wanted>")
    def submit_card(wanted: str) -> Page:
        with book.work():
            session = _find(book, "billing_portal.session", wanted)
            if billing_portal.is_over(book, session):
                return _show_portal(book, session)
            try:
                card = typed_card(request.form)
                return redirect(billing_portal.submit(book, session, card, _base_url()), 303)
            except ApiError as refusal:
                return _show_portal(book, session, str(refusal))

    @pages.get("/portal/<wanted>/return")
    def back_to_portal(wanted: str) -> Page:
        with book.work():
            session = _find(book, "billing_portal.session", wanted)
            setup = book.get(session["_setup"]) if session["_setup"] else None
            if setup is not None and setup["status"] == "succeeded":
                return redirect(billing_portal.finish(book, session, setup), 303)
            return _show_portal(book, session, _last_problem(setup))


def _last_problem(intent: Json | None) -> str:
    if intent is None:
        return ""
    error = intent.get("last_setup_error") or intent.get("last_payment_error") or {}
    return str(error.get("message", ""))


def _bank(pages: Blueprint, book: Book) -> None:
    def asked(wanted: str) -> Json:
        intent = _find(book, KINDS.get(wanted.partition("_")[0], ""), wanted)
        if request.args.get("secret") != intent["client_secret"]:
            abort(404)
        return intent

    @pages.get("/3ds/<wanted>")
    def question(wanted: str) -> Page:
        with book.work():
            intent = asked(wanted)
        if intent["status"] != "requires_action":
            onward = intent.get("_return_url")
            return _closed("Nothing to do", "The bank has no question open.", onward)
        return render_template("bank.html", intent=intent), 200

    @pages.post("/3ds/<wanted>")
    def reply(wanted: str) -> Page:
        approved = request.form.get("answer") == "approve"
        with book.work():
            intent = asked(wanted)
            if intent["status"] == "requires_action":
                paying = intent["object"] == "payment_intent"
                answer = attempts.answer_bank if paying else setup_intents.answer_bank
                intent = answer(book, intent, approved)
        return _send_back(intent)


def _send_back(intent: Json) -> Page:
    target = intent.get("_return_url")
    if not target:
        return _closed("Thank you", "You can close this window.")
    done = "succeeded" if intent["status"] == "succeeded" else "failed"
    name = intent["object"]
    told = urlencode(
        {
            name: intent["id"],
            f"{name}_client_secret": intent["client_secret"],
            "redirect_status": done,
        }
    )
    return redirect(f"{target}{'&' if '?' in target else '?'}{told}", 303)
