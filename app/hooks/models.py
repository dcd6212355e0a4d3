"""Tables of the addresses that are told, of what is told, and of every delivery and try."""

import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Instant, Key, Serial
from app.hooks.rules import DeliveryStatus


class HookEndpoint(Base):
    """An address of another program. Its times are the machine's, as the other side counts.

    While `old_secret_until` lies ahead, deliveries carry a signature by each of the two secrets.
    `resting_until` is how long it asked to be left alone.
    """

    __tablename__ = "hook_endpoint"

    id: Mapped[Key]
    name: Mapped[str]
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(ARRAY(String))
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[Instant | None]
    enabled: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    off_because: Mapped[str] = mapped_column(default="", server_default="")
    resting_until: Mapped[Instant | None]
    last_success_at: Mapped[Instant | None]
    made_at: Mapped[Instant]


class HookEvent(Base):
    """Something that happened, once by what it is about; `body` is what is sent, byte for byte."""

    __tablename__ = "hook_event"
    __table_args__ = (UniqueConstraint("type", "reference"),)

    id: Mapped[Key]
    type: Mapped[str]
    reference: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[Instant]
    written_at: Mapped[Instant] = mapped_column(
        server_default=text("clock_timestamp()"), index=True
    )


class HookDelivery(Base):
    """One event for one address. Its times are the machine's."""

    __tablename__ = "hook_delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        CheckConstraint("status IN ('waiting', 'delivered', 'failed')", name="status"),
        Index("ix_hook_delivery_due", "next_try_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_hook_delivery_listed", "endpoint_id", "id"),
    )

    id: Mapped[Serial]
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hook_event.id"))
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hook_endpoint.id"))
    status: Mapped[str] = mapped_column(
        default=DeliveryStatus.WAITING.value, server_default=DeliveryStatus.WAITING.value
    )
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    made_at: Mapped[Instant] = mapped_column(server_default=text("clock_timestamp()"))
    next_try_at: Mapped[Instant | None] = mapped_column(server_default=text("clock_timestamp()"))
    lease_until: Mapped[Instant | None]
    lease_token: Mapped[int] = mapped_column(default=0, server_default="0")
    last_status: Mapped[int | None]
    last_answer: Mapped[str] = mapped_column(default="", server_default="")
    done_at: Mapped[Instant | None]


class HookTry(Base):
    """One try of a delivery and what came back."""

    __tablename__ = "hook_try"

    delivery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("hook_delivery.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    tried_at: Mapped[Instant]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
