"""Whatever somebody does with a subscription in whatever order, some things always hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from app.core.refusals import Refused
from app.core.unit_of_work import Actor
from app.fulfilment.due_queries import batches_due, pauses_ending
from app.fulfilment.models import Box
from app.fulfilment.rules import BoxStatus
from app.fulfilment.services.cancel_subscription import cancel_subscription
from app.fulfilment.services.compose_batch import compose_batch
from app.fulfilment.services.lock_batch import lock_batch
from app.fulfilment.services.pause_subscription import (
    pause_subscription,
    resume_due,
    resume_subscription,
)
from app.fulfilment.services.plan_cycles import plan_cycles
from app.fulfilment.services.skip_box import skip_box, unskip_box
from app.subscriptions.models import Subscription
from app.subscriptions.rules import SubscriptionStatus
from tests.cast import WEEKLY, Coffee, add_plan, stock_shelf, subscribe
from tests.conftest import START

ZONE = ZoneInfo("America/New_York")
YOU = Actor("subscriber")
OUT = {BoxStatus.SKIPPED: "skipped", BoxStatus.PAUSED: "paused", BoxStatus.CANCELLED: "cancelled"}
PACKED = (BoxStatus.RELEASED, BoxStatus.SHIPPED)
SHELF = tuple(Coffee(code, stock=90_000) for code in "abcd")


class AnySubscription(RuleBasedStateMachine):
    """One weekly subscription of free boxes, and a simple idea of what should become of it."""

    units, clock, number = None, None, 0

    @initialize()
    def begin(self) -> None:
        cls = type(self)
        cls.number += 1
        # Each life begins at the same moment, so that it can be lived again.
        self.clock.moment = START
        with self.units(YOU) as work:
            plan = add_plan(work, replace(WEEKLY, sizes={2: 0}), no_repeat=0)
            self.id = subscribe(work, f"Person{cls.number}", plan).id
        self.closed: dict[int, str | None] = {}
        self.look()

    # What somebody, or time, can do

    @rule(place=st.integers(0, 5))
    def skip(self, place: int) -> None:
        self._change(skip_box, place, {BoxStatus.PLANNED, BoxStatus.SKIPPED}, BoxStatus.SKIPPED)

    @rule(place=st.integers(0, 5))
    def unskip(self, place: int) -> None:
        self._change(unskip_box, place, {BoxStatus.SKIPPED}, BoxStatus.PLANNED)

    @rule(days=st.one_of(st.none(), st.integers(1, 12)))
    def pause(self, days: int | None) -> None:
        until = self.today() + timedelta(days=days) if days else None
        allowed = self.subscription().status is SubscriptionStatus.ACTIVE
        assert self._try(pause_subscription, self.id, until) is allowed

    @rule()
    def resume(self) -> None:
        status = self.subscription().status
        allowed = status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED)
        assert self._try(resume_subscription, self.id) is allowed

    @precondition(lambda self: self.clock.moment.day == 28)
    @rule()
    def cancel(self) -> None:
        assert self._try(cancel_subscription, self.id)

    @rule(hours=st.sampled_from([1, 11, 40, 100, 170, 300]))
    def let_time_pass(self, hours: int) -> None:
        """Let hours pass, and everything happen that falls due in them."""
        self._live_until(self.clock.moment + timedelta(hours=hours))

    def _live_until(self, target: datetime) -> None:
        while self.clock.moment < target:
            self.clock.moment = min(target, self._next_moment())
            self._fall_due()
            self.look()

    @rule()
    def go_to_the_last_second(self) -> None:
        """Stand in the very second of the next cut-off."""
        ahead = [box.cutoff_at for box in self.boxes() if box.cutoff_at > self.clock.moment]
        if ahead and min(ahead) - self.clock.moment < timedelta(days=8):
            self._live_until(min(ahead))

    # What always holds

    @invariant()
    def cycles_are_counted_without_gap(self) -> None:
        boxes = self.boxes()
        assert [box.cycle for box in boxes] == list(range(len(boxes)))
        first = boxes[0].ships_on
        assert [box.ships_on for box in boxes] == [
            first + timedelta(days=7 * number) for number in range(len(boxes))
        ]

    @invariant()
    def what_is_closed_stays_as_it_was(self) -> None:
        for box in self.boxes():
            if box.cycle in self.closed:
                assert OUT.get(box.status) == self.closed[box.cycle], box.cycle

    @invariant()
    def every_cycle_due_is_packed_or_was_let_go(self) -> None:
        due = [box for box in self.boxes() if self._lock(box) <= self.clock.moment]
        packed = [box for box in due if box.status in PACKED]
        let_go = [box for box in due if box.status in OUT]
        assert len(packed) == len(due) - len(let_go)

    # How

    def look(self) -> None:
        """Write down what the boxes look like whose cut-off has just passed."""
        for box in self.boxes():
            if box.cutoff_at < self.clock.moment.replace(microsecond=0):
                self.closed.setdefault(box.cycle, OUT.get(box.status))

    def boxes(self) -> list[Box]:
        with self.units(YOU) as work:
            query = select(Box).where(Box.subscription_id == self.id).order_by(Box.cycle)
            return list(work.session.scalars(query))

    def subscription(self) -> Subscription:
        with self.units(YOU) as work:
            return work.session.get_one(Subscription, self.id)

    def today(self) -> date:
        return self.clock.moment.astimezone(ZONE).date()

    def _change(self, verb, place: int, from_: set[BoxStatus], to: BoxStatus) -> None:
        boxes = self.boxes()
        box = boxes[max(0, len(boxes) - 6) + place] if len(boxes) > place else boxes[-1]
        already = box.status is to
        open_ = box.cutoff_at >= self.clock.moment.replace(microsecond=0)
        allowed = already or (box.status in from_ and open_)
        assert self._try(verb, box.id) is allowed
        now = self.boxes()[box.cycle].status
        assert now is (to if allowed else box.status)

    def _try(self, verb, *what) -> bool:
        try:
            with self.units(YOU) as work:
                owner = work.session.get_one(Subscription, self.id).subscriber_id
                verb(work, owner, *what)
        except Refused:
            return False
        return True

    def _next_moment(self) -> datetime:
        ahead = [self._lock(box) for box in self.boxes()]
        ahead += [box.cutoff_at + timedelta(seconds=1) for box in self.boxes()]
        tomorrow = self.today() + timedelta(days=1)
        ahead.append(datetime.combine(tomorrow, time(0), ZONE).astimezone(UTC))
        return min(moment for moment in ahead if moment > self.clock.moment)

    def _lock(self, box: Box) -> datetime:
        day = box.cutoff_at.astimezone(ZONE).date() + timedelta(days=1)
        return datetime.combine(day, time(2), ZONE).astimezone(UTC)

    def _fall_due(self) -> None:
        with self.units(YOU) as work:
            for subscription_id in pauses_ending(work.session, self.today()):
                resume_due(work, subscription_id)
            plan_cycles(work)
            due = batches_due(work.session, work.now)
        for batch_id in due:
            for step in (lock_batch, compose_batch):
                with self.units(YOU) as work:
                    step(work, batch_id)

    def teardown(self) -> None:
        if hasattr(self, "id"):
            self._try(cancel_subscription, self.id)


def test_any_order_of_wishes_keeps_every_promise(units, actor, clock):
    with units(actor) as work:
        stock_shelf(work, SHELF)
    AnySubscription.units, AnySubscription.clock = units, clock
    run_state_machine_as_test(
        AnySubscription,
        settings=settings(
            max_examples=7,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],  # a found life is short enough to be read as it is
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
