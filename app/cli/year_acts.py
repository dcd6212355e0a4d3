"""What single guests of the demonstration do, one sentence each: used by the script of its year."""

import uuid

from app.billing.payment_queries import open_payment_of
from app.billing.queries import invoice_detail, invoices_of
from app.billing.rules import InvoiceStatus, PaymentStatus
from app.billing.services.begin_visit import begin_visit
from app.core.unit_of_work import Actor, UnitOfWork
from app.finance.services.apply_outcome import apply_outcome
from app.fulfilment.queries import box_history
from app.fulfilment.services.refund_box import refund_box
from app.people.queries import person_by_email
from app.subscriptions.queries import subscriptions_of
from app.wiring.tools import Tools

GUEST = Actor("subscriber", "demo")


def guest(work: UnitOfWork, name: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Return a guest and their first subscription."""
    person = person_by_email(work.session, f"{name.lower()}@example.com")
    assert person is not None, f"the small shop has no guest {name}"
    return person.id, subscriptions_of(work.session, person.id)[0].id


def give_back(work: UnitOfWork, name: str, cents: int | None) -> None:
    """Refund a part, or all, of the last box that was shipped."""
    person, _ = guest(work, name)
    shipped = next(box for box in box_history(work.session, person) if box.status == "shipped")
    refund_box(work, shipped.id, cents, "arrived damaged")


def answer_the_bank(tools: Tools, name: str) -> None:
    """Follow the pay link of the oldest open invoice, and say yes on the bank's page."""
    with tools.units(GUEST) as work:
        person, _ = guest(work, name)
        owed = [each for each in invoices_of(work.session, person) if _is_open(each.status)]
        payment = open_payment_of(work.session, owed[0].id) if owed else None
        if payment is None:
            return
        visit = begin_visit(work, payment.payment_id)
    asked = tools.gateway.confirm(visit.ticket, tools.units.shop.base_url)
    with tools.units(GUEST) as work:
        apply_outcome(work, asked, visit.ticket)
    if tools.backstage and asked.status is PaymentStatus.NEEDS_ACTION and asked.action_url:
        tools.backstage.bank().approve(asked.action_url)


def dispute(tools: Tools, name: str) -> str | None:
    """Let somebody's bank take the last paid box back; return the dispute's id."""
    with tools.units(GUEST) as work:
        person, _ = guest(work, name)
        paid = [
            each.id
            for each in invoices_of(work.session, person)
            if each.status is InvoiceStatus.PAID and each.refunded_cents == 0 and each.total_cents
        ]
        details = [invoice_detail(work.session, each) for each in paid]
        ours = {str(each.payment.id) for each in details if each and each.payment}
    taken = [
        each
        for each in tools.books.payments()
        if each.status is PaymentStatus.SUCCEEDED and each.payment_id in ours
    ]
    if not taken or tools.backstage is None:
        return None
    return tools.backstage.bank().dispute(taken[0].provider_id, "product_not_received")


def _is_open(status: InvoiceStatus) -> bool:
    return status is InvoiceStatus.OPEN
