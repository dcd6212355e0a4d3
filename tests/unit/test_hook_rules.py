"""Rules of telling other programs: who is told, how large a body gets, when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from app.hooks.rules import (
    LARGEST_BODY,
    LONGEST_REST,
    SCHEDULE,
    TOLD,
    Answer,
    EventType,
    Verdict,
    body_of,
    judge,
    next_try,
    rest_of,
    unknown_pattern,
    wants,
)

NOW = datetime(2027, 1, 4, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("patterns", "type_", "told"),
    [
        (["*"], "invoice.paid", True),
        (["invoice.*"], "invoice.paid", True),
        (["invoice.paid"], "invoice.paid", True),
        (["invoice.*"], "payment.failed", False),
        (["invoice.issued"], "invoice.paid", False),
        ([], "webhook.test", True),
    ],
)
def test_a_pattern_covers_its_types(patterns: list[str], type_: str, told: bool) -> None:
    assert wants(patterns, type_) is told


def test_a_pattern_that_covers_nothing_is_unknown() -> None:
    assert unknown_pattern(["*", "box.*", *(each.value for each in TOLD)]) is None
    for wrong in ("", "**", "invoice", "invoice.", "in*", "invoices.*", "webhook.test"):
        assert unknown_pattern([wrong]) == wrong


def test_the_largest_body_stays_below_twenty_thousand_bytes() -> None:
    facts = {f"a_rather_long_name_of_a_fact_{n:02}": "\x01" * 5000 for n in range(30)}
    assert len(body_of(EventType.BOX_SHIPPED, NOW, facts).encode()) < LARGEST_BODY
    with pytest.raises(ValueError, match="too much"):
        body_of(EventType.BOX_SHIPPED, NOW, {f"n{n}": n for n in range(31)})


@pytest.mark.parametrize("name", ["card_last4", "card", "exp_month", "cvc"])
def test_nothing_of_a_card_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="too much"):
        body_of(EventType.PAYMENT_FAILED, NOW, {name: "4242"})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200), Verdict.DELIVERED),
        (Answer(299), Verdict.DELIVERED),
        (Answer(301), Verdict.RETRY),
        (Answer(302), Verdict.RETRY),
        (Answer(400), Verdict.RETRY),
        (Answer(500), Verdict.RETRY),
        (Answer(None), Verdict.RETRY),
        (Answer(410), Verdict.GONE),
        (Answer(429), Verdict.SLOW_DOWN),
        (Answer(502), Verdict.SLOW_DOWN),
        (Answer(504), Verdict.SLOW_DOWN),
        (Answer(500, retry_after=60), Verdict.SLOW_DOWN),
    ],
)
def test_only_a_two_hundred_is_a_success(answer: Answer, verdict: Verdict) -> None:
    assert judge(answer) is verdict


def test_tries_follow_the_schedule_with_a_little_more() -> None:
    waits = [next_try(7, tries, NOW) for tries in range(1, len(SCHEDULE))]
    for planned, found in zip(SCHEDULE[1:], waits, strict=True):
        assert found
        waited = (found - NOW).total_seconds()
        assert planned <= waited <= planned * 1.1
    assert next_try(7, len(SCHEDULE), NOW) is None
    assert next_try(7, 3, NOW) != next_try(8, 3, NOW)


def test_nobody_can_ask_for_rest_for_ever() -> None:
    assert rest_of(Answer(429, retry_after=10**9)) == LONGEST_REST
    assert rest_of(Answer(429)) > timedelta(0)
