"""The shop's own terms, as the domain needs them. Pure values."""

from dataclasses import dataclass, field
from datetime import time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Shop:
    """One shop: its name, zone, currency, tax and the hour at which a batch locks.

    `tax_bp` is in basis points of the net price. `locks_at` is the local wall time, on the day
    after the last cut-off of a batch, at which it locks. `dunning_days` counts from the first
    attempt to each further one. Less than `least_charge_cents` is not charged (None: the
    provider's own least); what is owed for what has left is given up after `bad_debt_days`.
    `ships_while_processing` lets boxes go while a slow bank has not paid yet.
    `tax_by_provider` asks the provider for the tax of each invoice; while it is away, an invoice
    waits (`tax_waits`) or is taxed by the shop's own rates.
    `swap_price_cents` is how much dearer a substitute may be. Batches of more than `shard_above`
    boxes are composed in shards of about `shard_boxes`. Subscribers see what was chosen for a box
    `reveal_hours` before the day on which it ships begins; 0 shows it at once. They are told of a
    cut-off `cut_off_letter_hours` before it; 0 tells them nothing.
    """

    name: str = "Boxwright"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/New_York"))
    currency: str = "USD"
    country: str = "US"
    tax_bp: int = 0
    locks_at: time = time(2, 0)
    dunning_days: tuple[int, ...] = (1, 3)
    pause_after_unpaid: int = 2
    cancel_after_days: int = 60
    decides_retries: bool = False
    least_charge_cents: int | None = None
    bad_debt_days: int = 90
    ships_while_processing: bool = False
    tax_by_provider: bool = False
    tax_waits: bool = True
    swap_price_cents: int = 100
    cycles_ahead: int = 4
    reveal_hours: int = 0
    cut_off_letter_hours: int = 0
    seed: int = 20_270_101
    shard_above: int = 200_000
    shard_boxes: int = 10_000
    base_url: str = "http://127.0.0.1:8000"
    seller_name: str = ""
    seller_address: tuple[str, ...] = ()
    seller_tax_id: str = ""
