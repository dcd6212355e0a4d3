"""Codes of vouchers: how they look, and what is kept of them. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import date

from app.core.refusals import Refusal

# Without signs that are taken for one another. 32 of them: five bits each, 80 in a code.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH, GROUP = 16, 4


class VoucherRefusal(Refusal):
    """Why a voucher cannot be used or made."""

    UNKNOWN = "We do not know this voucher."
    EXPIRED = "This voucher has expired."
    EMPTY = "Nothing is left on this voucher."
    TOO_MUCH = "There is less than this left on the voucher."
    BAD_AMOUNT = "The amount must be above zero."
    BAD_COUNT = "You can make 1 to 500 vouchers at once."
    NOT_OWED = "For this voucher no money is to be given back."


def code_of(numbers: Iterable[int]) -> str:
    """Return the code of random numbers below 32, in groups."""
    signs = "".join(SIGNS[number] for number in numbers)
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def fingerprint(code: str) -> str:
    """Return what is kept of a code as typed, without regard to blanks, dashes and capitals."""
    plain = "".join(sign for sign in code.upper() if sign in SIGNS)
    return hashlib.sha256(plain.encode()).hexdigest()


def refuse_voucher(
    left: int, valid_to: date | None, ended: bool, day: date
) -> VoucherRefusal | None:
    """Say why nothing can be taken from a voucher."""
    if ended or (valid_to is not None and day > valid_to):
        return VoucherRefusal.EXPIRED
    return None if left > 0 else VoucherRefusal.EMPTY
