"""Tables of plans, subscriptions, terms, gifts, pauses and days without delivery."""

import uuid
from datetime import date, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalog.models import words
from app.catalog.rules import Grind, SaleStatus
from app.core.database import Base, Instant, Json, Key, Serial
from app.subscriptions.place_rules import HOLD_DAYS
from app.subscriptions.rules import (
    Billing,
    CadenceUnit,
    Pricing,
    SizeKind,
    Start,
    SubscriptionStatus,
)
from app.subscriptions.term_rules import (
    Arrears,
    PrepaidEnd,
    Proration,
    Rescheduling,
    TermStatus,
)


class Plan(Base):
    """What people subscribe to: how often, until when it can be changed, how large, what price.

    `day` is an ISO weekday (1 Monday) for weeks, a day of the month for months. A box holds
    `size` units, or `size` grams in portions of `portion_grams`. `tiers` lists
    `[units, basis points off]` for boxes priced by their contents; `price_terms` may add
    `spend_tiers` of `[cents, basis points off]`, a `least_cents`, and for every plan a
    `progression` of `[from which box on, basis points off]`. `takes` limits what may be in
    it: `{"roast": [...], "max_price_cents": n, "max_value_cents": n, "max_per_roaster": n}`; an
    empty object admits everything on sale.

    `prepaid` lists `[boxes, basis points off]` that can be paid at once; each charge of a plain
    subscription covers `charge_every` boxes. `rhythms` are the numbers of weeks or months that a
    subscriber may choose from instead of `every`; `recount` says that the next box then counts
    from the last one in the new rhythm. After `ends_after` boxes, or after `ends_on`, it ends.
    Where the first interval counts from the nearest regular day, one that was missed by up to
    `start_grace_days` is still that day (None: the nearest one counts). Nothing is charged on the
    day of sign-up and on the `cooling_days` after it. A place that is free is kept for `hold_days`
    for whoever waits for it.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("every > 0", name="every"),
        CheckConstraint("cutoff_days >= 0", name="cutoff_days"),
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
        CheckConstraint("charge_every > 0", name="charge_every"),
        CheckConstraint("start_grace_days BETWEEN 0 AND 60", name="start_grace_days"),
        CheckConstraint("ends_after > 0", name="ends_after"),
        CheckConstraint("cooling_days BETWEEN 0 AND 60", name="cooling_days"),
        CheckConstraint("hold_days BETWEEN 1 AND 30", name="hold_days"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Json]
    about: Mapped[Json] = mapped_column(server_default="{}")
    unit: Mapped[CadenceUnit] = mapped_column(words(CadenceUnit))
    every: Mapped[int] = mapped_column(default=1)
    day: Mapped[int]
    cutoff_days: Mapped[int]
    cutoff_time: Mapped[time] = mapped_column(default=time(23, 59, 59))
    start: Mapped[Start] = mapped_column(words(Start), default=Start.NEXT_OPEN)
    start_grace_days: Mapped[int | None]
    billing: Mapped[Billing] = mapped_column(words(Billing), default=Billing.AT_LOCK)
    bill_day: Mapped[int | None]
    size_kind: Mapped[SizeKind] = mapped_column(words(SizeKind), default=SizeKind.UNITS)
    portion_grams: Mapped[int] = mapped_column(default=250)
    pricing: Mapped[Pricing] = mapped_column(words(Pricing), default=Pricing.FIXED)
    tiers: Mapped[list[list[int]]] = mapped_column(JSONB, default=list, server_default="[]")
    price_terms: Mapped[Json] = mapped_column(server_default="{}")
    takes: Mapped[Json] = mapped_column(server_default="{}")
    min_distinct: Mapped[int] = mapped_column(default=1)
    max_per_item: Mapped[int] = mapped_column(default=1)
    no_repeat: Mapped[int] = mapped_column(default=1)
    prepaid: Mapped[list[list[int]]] = mapped_column(JSONB, default=list, server_default="[]")
    prepaid_end: Mapped[PrepaidEnd] = mapped_column(
        words(PrepaidEnd), default=PrepaidEnd.CHOOSE, server_default="choose"
    )
    charge_every: Mapped[int] = mapped_column(default=1, server_default="1")
    rhythms: Mapped[list[int]] = mapped_column(JSONB, default=list, server_default="[]")
    recount: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    rescheduling: Mapped[Rescheduling] = mapped_column(
        words(Rescheduling), default=Rescheduling.ONE_OFF, server_default="one_off"
    )
    arrears: Mapped[Arrears] = mapped_column(
        words(Arrears), default=Arrears.KEEP, server_default="keep"
    )
    proration: Mapped[Proration] = mapped_column(
        words(Proration), default=Proration.BY_DAYS, server_default="by_days"
    )
    ends_after: Mapped[int | None]
    ends_on: Mapped[date | None]
    cooling_days: Mapped[int] = mapped_column(default=0, server_default="0")
    hold_days: Mapped[int] = mapped_column(default=HOLD_DAYS, server_default="3")
    status: Mapped[SaleStatus] = mapped_column(words(SaleStatus), default=SaleStatus.ON_SALE)
    sizes: Mapped[list["PlanSize"]] = relationship(
        lazy="selectin", order_by="PlanSize.size", cascade="all, delete-orphan"
    )


class PlanSize(Base):
    """A size of a plan and its price per box (ignored where contents set the price)."""

    __tablename__ = "plan_size"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("price_cents >= 0", name="price"),
    )

    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True)
    price_cents: Mapped[int]


class Subscription(Base):
    """One person's standing order. Cycle number n ships n - `anchor_cycle` steps after `anchor`.

    Prices are those agreed at sign-up, and so is when it ends. `number` is the short name people
    see. `payer_id` is set where somebody else pays; `every` where the rhythm is not the plan's.
    Nothing is charged before `charged_from`. Where places are limited, `place_until` is how long
    one is kept for a sign-up that waits for its card.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_status_plan", "status", "plan_id"),)

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(BigInteger, Identity(start=1001), unique=True)
    subscriber_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    payer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    address_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("address.id"))
    size: Mapped[int]
    price_cents: Mapped[int]
    grind: Mapped[Grind] = mapped_column(words(Grind), default=Grind.WHOLE)
    note: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[SubscriptionStatus] = mapped_column(
        words(SubscriptionStatus), default=SubscriptionStatus.PENDING
    )
    anchor: Mapped[date | None]
    anchor_day: Mapped[int | None]
    anchor_cycle: Mapped[int] = mapped_column(default=0, server_default="0")
    welcome_on: Mapped[date | None]
    every: Mapped[int | None]
    ends_after: Mapped[int | None]
    ends_on: Mapped[date | None]
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())
    activated_at: Mapped[Instant | None]
    charged_from: Mapped[Instant | None]
    place_until: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]
    cancel_reason: Mapped[str | None]
    plan: Mapped[Plan] = relationship(lazy="joined", innerjoin=True)

    @property
    def paid_by(self) -> uuid.UUID:
        """Return who pays: the giver of a gift, else the subscriber."""
        return self.payer_id or self.subscriber_id


class Term(Base):
    """So many boxes of one subscription that are paid at once; the first term's number is 1.

    Each box that locks takes the lowest instalment that is free, see `Box.instalment`, and gives
    it back if it is called off. `price_cents` is what they cost together before tax.
    `forgone_cents` (net) is what was owed as boxes when the term was cancelled.
    """

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("subscription_id", "number"),
        CheckConstraint("boxes > 0", name="boxes"),
        CheckConstraint("price_cents >= 0", name="price"),
        CheckConstraint("forgone_cents >= 0", name="forgone"),
    )

    id: Mapped[Key]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    number: Mapped[int]
    boxes: Mapped[int]
    price_cents: Mapped[int]
    currency: Mapped[str]
    status: Mapped[TermStatus] = mapped_column(words(TermStatus), default=TermStatus.DUE)
    renews: Mapped[bool]
    forgone_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    ordered_at: Mapped[Instant]
    paid_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


class Gift(Base):
    """A subscription that somebody else pays for, and when the one who gets it is told.

    The recipient is a person of their own, who cannot sign in; `email` is where they are told.
    """

    __tablename__ = "gift"

    subscription_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("subscription.id"), primary_key=True
    )
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    email: Mapped[str]
    message: Mapped[str] = mapped_column(default="", server_default="")
    reveals_on: Mapped[date]
    revealed_at: Mapped[Instant | None]
    claimed_at: Mapped[Instant | None]
    made_at: Mapped[Instant]


class Pause(Base):
    """A stretch in which no cycle ships: from `starts_on` to the day before `resumes_on`.

    `resumes_on` None lasts until the subscriber resumes.
    """

    __tablename__ = "pause"
    __table_args__ = (
        Index(
            "uq_pause_open",
            "subscription_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Serial]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"), index=True)
    starts_on: Mapped[date]
    resumes_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[Instant | None]

    def covers(self, day: date) -> bool:
        """Say whether a box that would ship on `day` stays here."""
        return self.starts_on <= day and (self.resumes_on is None or day < self.resumes_on)


class CalendarException(Base):
    """A day on which nothing ships: moved to `ships_on`, or left out when that is None."""

    __tablename__ = "calendar_exception"

    day: Mapped[date] = mapped_column(primary_key=True)
    ships_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
