"""The night's round: fetches what never reached us, rings for it, and proves the books."""

import structlog

from app.billing.ports import OutcomeUnknown
from app.billing.services.tell_expiring import tell_expiring
from app.core.unit_of_work import Actor
from app.finance.services.make_vouchers import expire_vouchers
from app.finance.services.post_carried import give_up_carried
from app.finance.services.sell_on_account import write_off_old
from app.finance.services.settle_payout import match_open_lines
from app.fulfilment.due_queries import held_batches
from app.fulfilment.services.give_up_held import give_up_held
from app.hooks.services.replay_deliveries import forget_deliveries
from app.jobs.batches import fill_held
from app.jobs.events import apply_events, fetch_missed_events
from app.jobs.sweep import sweep
from app.wiring.prove_books import prove_books
from app.wiring.tools import Tools

ACTOR = Actor("job", "nightly")
log = structlog.get_logger()


def nightly(tools: Tools) -> int:
    """Compare the shop with its payment provider; return how much does not hold.

    A provider that is away keeps the night's round for later, not the books from being proved.
    """
    try:
        fetch_missed_events(tools)
        apply_events(tools)
        violations = prove_books(tools, ACTOR)
    except OutcomeUnknown:
        log.warning("provider_away", exc_info=True)
        violations = prove_books(tools, ACTOR, with_provider=False)
    for each in violations:
        log.error("books_do_not_hold", invariant=each.invariant, subject=each.subject)
    _try_held(tools)
    with tools.units(ACTOR) as work:
        match_open_lines(work)
        expire_vouchers(work)
        give_up_carried(work)
        write_off_old(work)
        tell_expiring(work)
        forget_deliveries(work)
    sweep(tools)
    return len(violations)


def _try_held(tools: Tools) -> None:
    """Fill boxes for which coffee has come, and give up those that have waited too long."""
    with tools.units(ACTOR) as work:
        waiting = held_batches(work.session)
    for batch_id in waiting:
        fill_held(tools, batch_id)
    with tools.units(ACTOR) as work:
        give_up_held(work)
