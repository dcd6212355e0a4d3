"""Tells people on the day that the giver chose that boxes are coming to them, once."""

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.clock import local_day
from app.core.outbox import promise_letter
from app.core.unit_of_work import UnitOfWork
from app.people.models import Person
from app.subscriptions.models import Gift, Subscription, Term
from app.subscriptions.rules import SubscriptionStatus
from app.subscriptions.term_rules import TermStatus


def reveal_gifts(work: UnitOfWork) -> int:
    """Promise the letter of every gift whose day has come and that is paid; return how many."""
    giver = aliased(Person)
    rows = work.session.execute(
        select(Gift, Subscription, Term, giver.name)
        .join(Subscription, Subscription.id == Gift.subscription_id)
        .join(Term, Term.subscription_id == Subscription.id)
        .join(giver, giver.id == Subscription.payer_id)
        .where(
            Gift.revealed_at.is_(None),
            Gift.reveals_on <= local_day(work.now, work.shop.zone),
            Term.number == 1,
            Term.status.in_([TermStatus.PAID, TermStatus.DONE]),
            Subscription.status.in_([SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED]),
        )
        .with_for_update(of=Gift, skip_locked=True)
    ).all()
    for gift, subscription, term, giver_name in rows:
        gift.revealed_at = work.now
        promise_letter(
            work,
            "gift_revealed",
            f"{subscription.id}:{gift.email}",
            gift.recipient_id,
            giver=giver_name,
            message=gift.message,
            plan=subscription.plan.name,
            boxes=term.boxes,
            first_on=subscription.anchor.isoformat() if subscription.anchor else None,
            subscription_id=str(subscription.id),
        )
    work.session.flush()
    return len(rows)
