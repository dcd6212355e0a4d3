"""Tables of groups that share a discount, and of what people pledge to pay."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Key, Serial


class BuyingGroup(Base):
    """People who have the same plan and share its discount for groups; each pays for themselves.

    Whoever knows `code` may join. The row is the lock on all that is counted about it.
    """

    __tablename__ = "buying_group"

    id: Mapped[Key]
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    started_at: Mapped[Instant]


class GroupMember(Base):
    """A subscription in a group; in one at a time."""

    __tablename__ = "group_member"
    __table_args__ = (
        Index(
            "uq_group_member_now",
            "subscription_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_group_member_group_id", "group_id"),
        Index("ix_group_member_subscription_id", "subscription_id"),
    )

    id: Mapped[Serial]
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("buying_group.id"))
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    joined_at: Mapped[Instant]
    left_at: Mapped[Instant | None]


class GroupSpan(Base):
    """A stretch in which a group has its discount; `until_at` None goes on."""

    __tablename__ = "group_span"
    __table_args__ = (
        CheckConstraint("until_at >= from_at", name="order"),
        Index(
            "uq_group_span_now", "group_id", unique=True, postgresql_where=text("until_at IS NULL")
        ),
        Index("ix_group_span_group_id", "group_id"),
    )

    id: Mapped[Serial]
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("buying_group.id"))
    from_at: Mapped[Instant]
    until_at: Mapped[Instant | None]


class Pledge(Base):
    """What somebody pledged for each box whose cut-off was still ahead; the latest one counts.

    It ends with another plan or size. The amounts are never changed.
    """

    __tablename__ = "pledge"
    __table_args__ = (
        CheckConstraint("cents >= 0", name="cents"),
        Index("ix_pledge_subscription_id", "subscription_id"),
    )

    id: Mapped[Serial]
    subscription_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("subscription.id"))
    cents: Mapped[int]
    pledged_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
