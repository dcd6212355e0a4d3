"""Asks the provider for the tax of invoices that wait for it; no transaction is open meanwhile."""

import structlog

from app.billing.ports import OutcomeUnknown, ProviderRefused
from app.core.fail_points import reach
from app.core.unit_of_work import Actor
from app.fulfilment.services.tax_invoice import TaxWish, claim_draft, settle_tax, untold_sale
from app.wiring.tools import Tools

ACTOR = Actor("job", "tax_drafts")
GIVE_UP_AFTER = 3
log = structlog.get_logger()


def tax_drafts(tools: Tools) -> int:
    """Tax every draft that is due; return how many. What fails is asked again in a while."""
    done = failed = 0
    while failed < GIVE_UP_AFTER:
        with tools.units(ACTOR) as work:
            wish = claim_draft(work)
        if wish is None:
            break
        try:
            _tax(tools, wish)
            done += 1
        except (OutcomeUnknown, ProviderRefused) as away:
            failed += 1
            log.warning("tax_unknown", invoice=str(wish.basket.invoice_id), error=str(away))
            if wish.own_rates:
                with tools.units(ACTOR) as work:
                    settle_tax(work, wish.basket.invoice_id, None)
    return done


def _tax(tools: Tools, wish: TaxWish) -> None:
    reach("tax.before_ask")
    answer = tools.tax.calculate(wish.basket)
    reach("tax.answered")
    with tools.units(ACTOR) as work:
        settle_tax(work, wish.basket.invoice_id, answer)
        untold = untold_sale(work, wish.basket.invoice_id)
    if untold is not None:
        tools.tax.record(answer.calculation_id, untold)
