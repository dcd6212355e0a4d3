"""Whether a coupon fits, and what it takes off. Pure: terms and facts in, answers out."""

import uuid
from dataclasses import dataclass
from datetime import date

from app.core.refusals import Refusal


class CouponRefusal(Refusal):
    """Why a coupon is not taken."""

    UNKNOWN = "We do not know this code."
    TOO_EARLY = "This code is not valid yet."
    TOO_LATE = "This code has expired."
    USED_UP = "This code has been used up."
    OTHER_PLAN = "This code is not for this plan."
    TAKEN = "This subscription has a code already. Only one can be used at a time."
    HAD_IT = "This subscription has had this code before."
    ENDED = "This subscription has ended."
    PREPAID = "Boxes that were paid for ahead cannot be made cheaper by a code."
    CODE_TAKEN = "There is a code of this name already."
    BAD_CODE = "A code has 3 to 40 letters, digits, dashes or underscores."
    BAD_OFF = "Give either a part in per cent, above 0 and up to 100, or an amount."
    BAD_COUNT = "This must be a whole number above zero, or empty."
    LEAK_AHEAD = "This moment must not lie in the future."
    BAD_DAYS = "The last day must not lie before the first."


@dataclass(frozen=True)
class CouponTerms:
    """What a coupon is: basis points or an amount off, for whom, for how many boxes, and when."""

    code: str
    off_bp: int = 0
    off_cents: int = 0
    boxes: int | None = None
    plan_ids: tuple[uuid.UUID, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    max_people: int | None = None
    ended: bool = False


def refuse_coupon(
    terms: CouponTerms, plan_id: uuid.UUID, people: int, day: date
) -> CouponRefusal | None:
    """Say why a subscription of this plan cannot have the coupon; `people` have it already."""
    if terms.ended or (terms.valid_to is not None and day > terms.valid_to):
        return CouponRefusal.TOO_LATE
    if terms.valid_from is not None and day < terms.valid_from:
        return CouponRefusal.TOO_EARLY
    if terms.plan_ids and plan_id not in terms.plan_ids:
        return CouponRefusal.OTHER_PLAN
    if terms.max_people is not None and people >= terms.max_people:
        return CouponRefusal.USED_UP
    return None


def refuse_terms(terms: CouponTerms) -> tuple[str, CouponRefusal] | None:
    """Say which field of a new coupon is wrong, and why."""
    plain = terms.code.replace("-", "").replace("_", "")
    if not (3 <= len(terms.code) <= 40 and plain.isascii() and plain.isalnum()):
        return "code", CouponRefusal.BAD_CODE
    if not 0 <= terms.off_bp <= 10_000 or (terms.off_bp > 0) == (terms.off_cents > 0):
        return "off", CouponRefusal.BAD_OFF
    for field, count in (("boxes", terms.boxes), ("max_people", terms.max_people)):
        if count is not None and count < 1:
            return field, CouponRefusal.BAD_COUNT
    if terms.valid_from and terms.valid_to and terms.valid_to < terms.valid_from:
        return "valid_to", CouponRefusal.BAD_DAYS
    return None


def boxes_left(boxes: int | None, used: int) -> bool:
    """Say whether a discount for so many boxes has one left; None is for ever."""
    return boxes is None or used < boxes
