"""Every setting of the product, typed, with what it is for. Read from the environment.

Names are upper-case, with the prefix `BOXWRIGHT_` except for the few that other tools share.
`docs/settings.md` is written from this class.
"""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.shop import Shop

SANDBOX_SECRET = "sandbox-secret-not-for-real-shops"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"
SANDBOX_KEY = "sk_test_sandbox"


class UnsafeSettings(ValueError):
    """The settings would be unsafe outside the sandbox."""


class Settings(BaseSettings):
    """All settings; `Settings()` reads them, and refuses what is missing or unsafe."""

    model_config = SettingsConfigDict(env_prefix="BOXWRIGHT_", extra="ignore", frozen=True)

    mode: Literal["sandbox", "live"] = Field(
        "sandbox", description="`sandbox` plays with test money; `live` is a real shop."
    )
    home: Path = Field(
        Path(".boxwright"), description="Folder for the embedded servers, letters and logs."
    )
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL address; unset starts an embedded server under the home folder.",
    )
    redis_url: str | None = Field(
        None,
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="Valkey or Redis address; unset starts an embedded server.",
    )
    secret_key: SecretStr = Field(
        SecretStr(SANDBOX_SECRET),
        description="Signs sessions and links: 32 or more random characters.",
    )
    password_salt: SecretStr = Field(
        SecretStr(SANDBOX_SECRET), description="Second secret of stored passwords."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, description="Port of the web server.")
    base_url: str = Field(
        "http://127.0.0.1:8000", description="Public address of the shop, used in letters."
    )
    stripe_api_base: str | None = Field(
        None,
        validation_alias=AliasChoices("STRIPE_API_BASE", "stripe_api_base"),
        description="Address of the payment provider's API; unset is the sandbox's stand-in,"
        " or the provider itself in a live shop.",
    )
    stripe_api_key: SecretStr = Field(
        SecretStr(SANDBOX_KEY),
        validation_alias=AliasChoices("STRIPE_API_KEY", "stripe_api_key"),
        description="Secret key of the payment provider.",
    )
    stripe_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (SecretStr(SANDBOX_WEBHOOK_SECRET),),
        validation_alias=AliasChoices("STRIPE_WEBHOOK_SECRETS", "stripe_webhook_secrets"),
        description="Webhook secrets, the current one first, separated by commas.",
    )
    stripe_thin_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (SecretStr(SANDBOX_WEBHOOK_SECRET),),
        validation_alias=AliasChoices("STRIPE_THIN_WEBHOOK_SECRETS", "stripe_thin_webhook_secrets"),
        description="Webhook secrets of the endpoint for thin events, like the ones above;"
        " empty closes it.",
    )
    stand_in_port: int = Field(12111, description="Port of the sandbox's payment stand-in.")
    provider_calls_a_second: float = Field(
        20.0,
        gt=0,
        le=100,
        description="Calls of one kind to the payment provider in any second, by all workers"
        " together. Keep it below the provider's own limit.",
    )
    workers: int = Field(2, ge=1, le=64, description="Worker processes that `up` starts.")
    smtp_url: str | None = Field(
        None,
        description="`smtp://user:password@host:port`; unset writes letters to files (sandbox).",
    )
    mail_from: str = Field("boxes@example.com", description="Sender of letters.")
    staff_mail: str | None = Field(
        None, description="Where letters to the staff go; unset sends them to the sender."
    )
    shop_name: str = Field("Boxwright", description="Name of the shop.")
    time_zone: str = Field("America/New_York", description="The shop's IANA time zone.")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 currency.")
    country: str = Field("US", pattern="^[A-Z]{2}$", description="ISO 3166 country.")
    tax_bp: int = Field(0, ge=0, le=10_000, description="Tax on the net price, in 1/100 %.")
    tax_by: Literal["shop", "provider"] = Field(
        "shop",
        description="Who says what tax is due: the `shop`'s own rates, or the payment `provider`'s"
        " tax service for each invoice.",
    )
    tax_when_away: Literal["wait", "shop"] = Field(
        "wait",
        description="While the provider's tax service is away for half an hour, invoices `wait`"
        " for it, or are taxed by the `shop`'s own rates.",
    )
    lock_time: time = Field(
        time(2, 0), description="Local time, on the day after the last cut-off, of the lock."
    )
    dunning_days: Annotated[tuple[int, ...], NoDecode] = Field(
        (1, 3), description="Days after the first decline at which a charge is tried again."
    )
    pause_after_unpaid: int = Field(
        2, ge=1, description="Unpaid boxes in a row after which a subscription pauses."
    )
    cancel_after_days: int = Field(
        60,
        ge=1,
        le=730,
        description="Days after which a subscription that paused for unpaid boxes is cancelled.",
    )
    decides_retries: bool = Field(
        False,
        description="A declined charge waits until a program decides by the API whether it is"
        " tried again, instead of following its plan's days.",
    )
    least_charge_cents: int | None = Field(
        None,
        ge=1,
        description="Less than this is not charged but carried over to the next invoice; unset is"
        " the provider's least charge in the shop's currency.",
    )
    bad_debt_days: int = Field(
        90,
        ge=1,
        le=730,
        description="Days after which what is owed for boxes that have left is written off.",
    )
    payment_methods: Annotated[tuple[Literal["card", "sepa_debit"], ...], NoDecode] = Field(
        ("card",),
        min_length=1,
        description="Ways to pay that the provider's pages offer, separated by commas: `card`, and"
        " `sepa_debit` for shops in EUR.",
    )
    ships_while_processing: bool = Field(
        False,
        description="Boxes go while a slow payment (a SEPA debit, say) is still under way, and are"
        " owed until it arrives; otherwise they wait for the money.",
    )
    cycles_ahead: int = Field(4, ge=1, le=26, description="Boxes planned ahead of today.")
    reveal_hours: int = Field(
        12,
        ge=0,
        le=240,
        description="Hours before the day on which a box ships from which subscribers see what we"
        " chose for it, so that it can still be finished; 0 shows it as soon as it is composed.",
    )
    cut_off_letter_hours: int = Field(
        48,
        ge=0,
        le=240,
        description="Hours before the cut-off of a box at which a letter tells of it, and asks how"
        " much coffee is left; 0 sends none.",
    )
    seed: int = Field(20_270_101, description="Seed of the composer.")
    shard_above: int = Field(
        200_000,
        ge=1,
        description="Batches of more boxes than this are composed in shards, side by side.",
    )
    shard_boxes: int = Field(10_000, ge=1, description="Boxes in one shard, about.")

    seller_name: str = Field(
        "", description="Who sells, as the law wants it on invoices; unset is the shop's name."
    )
    seller_address: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="The seller's address on invoices, its lines separated by semicolons."
    )
    seller_tax_id: str = Field("", description="The seller's tax number on invoices.")
    hooks_to_this_machine: bool = Field(
        False,
        description="Lets the sandbox send webhooks to programs on this machine, by plain http://.",
    )

    @field_validator("stripe_webhook_secrets", "stripe_thin_webhook_secrets", mode="before")
    @classmethod
    def _split_secrets(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(each.strip() for each in value.split(",") if each.strip())

    @field_validator("payment_methods", mode="before")
    @classmethod
    def _split_methods(cls, value: object) -> object:
        return tuple(each.strip() for each in value.split(",")) if isinstance(value, str) else value

    @field_validator("seller_address", mode="before")
    @classmethod
    def _split_lines(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(line.strip() for line in value.split(";") if line.strip())

    @field_validator("dunning_days", mode="before")
    @classmethod
    def _split_days(cls, value: object) -> object:
        return tuple(int(each) for each in value.split(",")) if isinstance(value, str) else value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @model_validator(mode="after")
    def _debits_in_euro(self) -> "Settings":
        if "sepa_debit" in self.payment_methods and self.currency != "EUR":
            raise UnsafeSettings("BOXWRIGHT_PAYMENT_METHODS: sepa_debit is for shops in EUR")
        return self

    @model_validator(mode="after")
    def _safe_when_live(self) -> "Settings":
        if self.mode == "sandbox":
            return self
        for name in ("secret_key", "password_salt"):
            value = getattr(self, name).get_secret_value()
            if value == SANDBOX_SECRET or len(value) < 32:
                raise UnsafeSettings(
                    f"BOXWRIGHT_{name.upper()} must be 32 or more random characters"
                )
        if self.hooks_to_this_machine:
            raise UnsafeSettings("BOXWRIGHT_HOOKS_TO_THIS_MACHINE is for the sandbox alone")
        if not self.stripe_api_key.get_secret_value().startswith(("sk_live_", "rk_live_")):
            raise UnsafeSettings("STRIPE_API_KEY must be a live key in a live shop")
        for name in ("stripe_webhook_secrets", "stripe_thin_webhook_secrets"):
            if SANDBOX_WEBHOOK_SECRET in {each.get_secret_value() for each in getattr(self, name)}:
                raise UnsafeSettings(f"{name.upper()} must be set in a live shop")
        return self

    @property
    def sandbox(self) -> bool:
        """Say whether this shop plays with test money and a movable clock."""
        return self.mode == "sandbox"

    def shop(self) -> Shop:
        """Return the shop's terms for the domain."""
        return Shop(
            name=self.shop_name,
            zone=ZoneInfo(self.time_zone),
            currency=self.currency,
            country=self.country,
            tax_bp=self.tax_bp,
            locks_at=self.lock_time,
            dunning_days=self.dunning_days,
            pause_after_unpaid=self.pause_after_unpaid,
            cancel_after_days=self.cancel_after_days,
            decides_retries=self.decides_retries,
            least_charge_cents=self.least_charge_cents,
            bad_debt_days=self.bad_debt_days,
            tax_by_provider=self.tax_by == "provider",
            tax_waits=self.tax_when_away == "wait",
            ships_while_processing=self.ships_while_processing,
            cycles_ahead=self.cycles_ahead,
            reveal_hours=self.reveal_hours,
            cut_off_letter_hours=self.cut_off_letter_hours,
            seed=self.seed,
            shard_above=self.shard_above,
            shard_boxes=self.shard_boxes,
            base_url=self.base_url.rstrip("/"),
            seller_name=self.seller_name,
            seller_address=self.seller_address,
            seller_tax_id=self.seller_tax_id,
        )
