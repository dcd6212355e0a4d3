"""Makes vouchers, ends those whose time is over, and settles those whose money goes back."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.billing.price_models import Voucher
from app.billing.voucher_rules import LENGTH, SIGNS, VoucherRefusal, code_of, fingerprint
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import UnitOfWork
from app.finance.credit_rules import voucher_expired, voucher_made
from app.finance.rules import Ledger, Postings, Source
from app.finance.services.post import EntryDraft, post_all

MOST, LARGEST = 500, 100_000_00


def make_vouchers(
    work: UnitOfWork, cents: int, count: int, sold: bool, end: tuple[date | None, str]
) -> list[str]:
    """Return the codes of new vouchers, which nobody can read again; `end` is last day and note.

    `sold` ones were paid for elsewhere, the others are presents of the shop.
    """
    if isinstance(cents, bool) or not 0 < cents <= LARGEST:
        raise Refused(VoucherRefusal.BAD_AMOUNT, field="amount")
    if not 1 <= count <= MOST:
        raise Refused(VoucherRefusal.BAD_COUNT, field="count")
    codes = [code_of(secrets.randbelow(len(SIGNS)) for _ in range(LENGTH)) for _ in range(count)]
    rows = [
        Voucher(
            sha256=fingerprint(code),
            ending=code[-4:],
            value_cents=cents,
            left_cents=cents,
            sold=sold,
            note=end[1].strip(),
            valid_to=end[0],
            made_at=work.now,
        )
        for code in codes
    ]
    work.session.add_all(rows)
    work.session.flush()
    _post(work, rows, Source.VOUCHER, [voucher_made(cents, sold)] * count)
    return codes


def expire_vouchers(work: UnitOfWork) -> int:
    """End vouchers after their last day; return how many.

    Whoever bought one and never touched it gets the money back: such a voucher stays owed until
    staff say that this is done.
    """
    today = local_day(work.now, work.shop.zone)
    rows = work.session.scalars(
        select(Voucher)
        .where(
            Voucher.valid_to < today,
            Voucher.expired_at.is_(None),
            Voucher.sold.is_(False) | (Voucher.left_cents < Voucher.value_cents),
        )
        .order_by(Voucher.id)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.expired_at = work.now
    work.session.flush()
    postings = [voucher_expired(row.left_cents, row.sold) for row in rows]
    _post(work, rows, Source.VOUCHER_EXPIRED, postings)
    return len(rows)


def settle_voucher(work: UnitOfWork, voucher_id: uuid.UUID) -> None:
    """Note that the money of a voucher that was never used went back to whoever bought it."""
    row = work.session.get(Voucher, voucher_id, with_for_update=True)
    if row is None:
        raise Refused(VoucherRefusal.UNKNOWN)
    today = local_day(work.now, work.shop.zone)
    over = row.valid_to is not None and row.valid_to < today
    if not (row.sold and over and row.left_cents == row.value_cents) or row.expired_at:
        raise Refused(VoucherRefusal.NOT_OWED)
    row.expired_at = work.now
    work.session.flush()
    back = {Ledger.CREDIT: row.left_cents, Ledger.BANK: -row.left_cents}
    _post(work, [row], Source.VOUCHER_EXPIRED, [back])


def _post(
    work: UnitOfWork, rows: Sequence[Voucher], source: Source, postings: Sequence[Postings]
) -> None:
    post_all(
        work,
        [
            EntryDraft(
                source=source,
                source_id=str(row.id),
                currency=work.shop.currency,
                memo=f"Voucher …{row.ending}",
                postings=each,
            )
            for row, each in zip(rows, postings, strict=True)
        ],
    )
