"""Puts the money of a voucher into somebody's credit, all of it or a part."""

import uuid

from sqlalchemy import select

from app.billing.price_models import Voucher, VoucherUse
from app.billing.services.move_credit import VOUCHER, Movement, move_credit
from app.billing.voucher_rules import VoucherRefusal, fingerprint, refuse_voucher
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork


def redeem_voucher(
    work: UnitOfWork, person_id: uuid.UUID, code: str, cents: int | None = None
) -> int:
    """Return the cents that went into the person's credit; all that is left for None.

    Credit pays the next boxes by itself, those that come to nothing included. A refusal changes
    nothing.
    """
    voucher = work.session.scalars(
        select(Voucher).where(Voucher.sha256 == fingerprint(code)).with_for_update()
    ).one_or_none()
    if voucher is None:
        raise Refused(VoucherRefusal.UNKNOWN, field="voucher")
    today = local_day(work.now, work.shop.zone)
    ended = voucher.expired_at is not None
    refusal = refuse_voucher(voucher.left_cents, voucher.valid_to, ended, today)
    if refusal:
        raise Refused(refusal, field="voucher")
    wanted = voucher.left_cents if cents is None else cents
    if isinstance(wanted, bool) or wanted <= 0:
        raise Refused(VoucherRefusal.BAD_AMOUNT, field="amount")
    if wanted > voucher.left_cents:
        raise Refused(VoucherRefusal.TOO_MUCH, offer=voucher.left_cents, field="amount")
    use = VoucherUse(
        voucher_id=voucher.id, subscriber_id=person_id, amount_cents=wanted, at=work.now
    )
    work.session.add(use)
    voucher.left_cents -= wanted
    work.session.flush()
    note = f"…{voucher.ending}"
    move_credit(work, [Movement(person_id, wanted, VOUCHER, f"{VOUCHER}:{use.id}", None, 0, note)])
    return wanted
