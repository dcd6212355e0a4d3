"""What billing needs from a payment provider. Amounts in the minor unit, instants in UTC."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.billing.rules import PaymentStatus, RefundStatus

KEY_REUSED = "key_reused"


class OutcomeUnknown(Exception):
    """The provider did not answer clearly: ask it again later, never create anything new."""


class ProviderRefused(Exception):
    """The provider refused a request as wrong; `code` is its word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class ChargeTicket:
    """All that a payment needs at the provider; built inside a transaction, used outside one."""

    payment_id: uuid.UUID
    invoice_number: int
    amount_cents: int
    currency: str
    customer_id: str
    card_id: str
    description: str
    idempotency_key: str
    provider_id: str | None = None
    lease_token: int = 0
    tax_calculation_id: str | None = None


@dataclass(frozen=True)
class Doubt:
    """A payment of which we do not know enough: what to ask the provider, and what is wanted.

    `begun` says that a try may be on its way; `key_known` that the provider still knows its key;
    `abandoned` that the person left their bank's question open for long; `visit` that the try was
    made by a person on a page.
    """

    ticket: ChargeTicket
    begun: bool
    cancel_wanted: bool
    key_known: bool
    abandoned: bool = False
    visit: bool = False


@dataclass(frozen=True)
class Visit:
    """A person about to pay. While a try is `under_way` it is asked about, not begun again.

    `waits` says that their bank's question is open.
    """

    ticket: ChargeTicket
    under_way: bool
    waits: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the provider says of a payment. `fee_cents` is None until it is known."""

    provider_id: str
    status: PaymentStatus
    amount_cents: int
    currency: str
    decline_code: str | None = None
    fee_cents: int | None = None
    action_url: str | None = None
    payment_id: str | None = None
    refunded_cents: int = 0
    ours: bool = True


@dataclass(frozen=True)
class RefundTicket:
    """A refund to ask for; `again` says that an earlier asking may have been heard."""

    refund_id: uuid.UUID
    provider_payment_id: str
    amount_cents: int
    idempotency_key: str
    again: bool = False


@dataclass(frozen=True)
class RefundOutcome:
    """What the provider says of a refund; `bounced` that its money left and came back."""

    provider_id: str
    status: RefundStatus
    amount_cents: int
    refund_id: str | None = None
    provider_payment_id: str | None = None
    ours: bool = True
    bounced: bool = False


@dataclass(frozen=True)
class CardFacts:
    """A card on file at the provider; never its number. `made_at` orders cards by age."""

    customer_id: str
    card_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    reference: str | None = None
    made_at: int = 0


@dataclass(frozen=True)
class TaxBasket:
    """What is taxed: amounts in cents after reductions, by line, delivery apart, and where it goes.

    `address` has line1, line2, city, postcode, region and country. The same invoice is the same
    question, whoever asks it how often.
    """

    invoice_id: uuid.UUID
    currency: str
    address: Mapping[str, str]
    lines: tuple[int, ...]
    shipping_cents: int
    inclusive: bool
    charged_at: datetime


@dataclass(frozen=True)
class TaxAnswer:
    """The tax of each line and of the delivery, in cents, and the answer's name."""

    calculation_id: str
    lines: tuple[int, ...]
    shipping: int


class TaxDesk(Protocol):
    """Says what tax is due on the day of a charge, and is told what became of it."""

    def calculate(self, basket: TaxBasket) -> TaxAnswer: ...
    def record(self, calculation_id: str, reference: str) -> None: ...


class PaymentGateway(Protocol):
    """Moves money in two steps, and answers what became of it."""

    def create(self, ticket: ChargeTicket) -> Outcome: ...
    def confirm(self, ticket: ChargeTicket, return_url: str | None = None) -> Outcome: ...
    def retrieve(self, provider_id: str) -> Outcome: ...
    def cancel(self, provider_id: str) -> Outcome: ...
    def refund(self, ticket: RefundTicket) -> RefundOutcome: ...
    def retrieve_refund(self, provider_id: str) -> RefundOutcome: ...
    def refunds_of(self, provider_id: str) -> list[RefundOutcome]: ...


class CardDesk(Protocol):
    """Opens accounts and takes cards, on the provider's own pages."""

    def open_account(self, subscriber_id: uuid.UUID, email: str, name: str) -> str: ...
    def setup_page(
        self, customer_id: str, reference: str, success_url: str, cancel_url: str
    ) -> str: ...
    def finished_setup(self, session_id: str) -> CardFacts | None: ...
    def card(self, customer_id: str) -> CardFacts | None: ...


class ProviderBooks(Protocol):
    """The provider's own lists, to compare ours with."""

    def payments(self, since: datetime | None = None) -> list[Outcome]: ...
    def refunds(self, since: datetime | None = None) -> list[RefundOutcome]: ...
    def events(self, since: datetime | None = None) -> list[bytes]: ...
    def find_payment(self, payment_id: str, customer_id: str) -> Outcome | None: ...
