"""The script of the demonstration's year: who does what in which month."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.billing.coupon_rules import CouponTerms
from app.billing.services.import_tax_rates import save_tax_rate
from app.billing.services.move_credit import give_credit
from app.billing.services.save_coupon import make_coupon
from app.billing.services.take_coupon import take_coupon
from app.billing.tax_rules import Rate
from app.cli import year_acts as acts
from app.cli.demo_year import begin_year, live_month
from app.core.clock import local_day
from app.core.refusals import Refused
from app.core.unit_of_work import Actor, UnitOfWork
from app.wiring.tools import Tools

Deed = Callable[[UnitOfWork], object]
STAFF = Actor("staff", "demo")


def set_tax(work: UnitOfWork, rate_bp: int) -> None:
    """Tax boxes to Massachusetts at another rate from today on."""
    today = local_day(work.now, work.shop.zone)
    save_tax_rate(work, Rate("US", "MA", "", rate_bp, today, label="Sales tax"))


def open_with_a_coupon(work: UnitOfWork) -> None:
    """Let everybody have a tenth off three boxes."""
    make_coupon(work, CouponTerms("WELCOME", off_bp=1_000, boxes=3))


def use_the_coupon(work: UnitOfWork, name: str) -> None:
    """Take the coupon."""
    take_coupon(work, *acts.guest(work, name), "WELCOME")


def say_sorry(work: UnitOfWork, name: str, cents: int) -> None:
    """Give somebody credit."""
    give_credit(work, acts.guest(work, name)[0], cents, "a late parcel")


def _of(verb: Callable[..., object], *what: object) -> Deed:
    return lambda work: verb(work, *what)


FIRST: tuple[Deed, ...] = (_of(set_tax, 625), open_with_a_coupon)
MONTHS: Mapping[int, tuple[Deed, ...]] = {
    1: (_of(use_the_coupon, "Jun"), _of(use_the_coupon, "Ivo"), _of(use_the_coupon, "Gus")),
    2: (_of(say_sorry, "Jun", 500), _of(acts.give_back, "Uma", 700)),
    4: (_of(acts.give_back, "Nia", None),),
    6: (_of(say_sorry, "Pia", 1200),),
    7: (_of(set_tax, 650),),
    8: (_of(acts.give_back, "Vic", 300),),
    11: (_of(acts.give_back, "Nia", None),),
}
DISPUTED = {3: ("Jun", False), 6: ("Wen", True), 9: ("Uma", False)}
MONTHS_OF_A_BANK = 2


@dataclass
class Script:
    """The year as it is played; `waiting` are disputes by the month in which a bank decides."""

    tools: Tools
    waiting: dict[int, tuple[str, bool]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def play(self, month: int) -> None:
        """Let everybody do what they do in this month, the first being 1."""
        if month == 1:
            self._do(month, FIRST)
            begin_year(self.tools)
        live_month(self.tools, month)
        self._do(month, MONTHS.get(month, ()))
        acts.answer_the_bank(self.tools, "Rin")
        self._let_banks_act(month)

    def _do(self, month: int, deeds: tuple[Deed, ...]) -> None:
        for deed in deeds:
            try:
                with self.tools.units(STAFF) as work:
                    deed(work)
            except Refused as refused:
                self.refused.append(f"month {month}: {refused}")

    def _let_banks_act(self, month: int) -> None:
        if self.tools.backstage is None:
            return
        if month in self.waiting:
            self.tools.backstage.bank().decide(*self.waiting.pop(month))
        if month in DISPUTED:
            name, won = DISPUTED[month]
            opened = acts.dispute(self.tools, name)
            if opened:
                self.waiting[month + MONTHS_OF_A_BANK] = (opened, won)
