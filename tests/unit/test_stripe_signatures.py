"""What is let in as an event of the provider, and what is turned away with nothing stored."""

import pytest

from app.adapters.stripe_events import check_proof
from app.core.clock import real_now
from app.finance.event_shape import BadEvent, VerifiedEvent, read_event
from tests.jobs.shop_with_stand_in import SECRET, event, signed


def check(body: bytes, header: str | None, livemode: bool = False) -> VerifiedEvent:
    check_proof(body, header, ("whsec_new", SECRET), real_now())
    return read_event(body, livemode)


def test_either_of_two_secrets_proves_an_event():
    for secret in ("whsec_new", SECRET):
        assert check(*signed(event("x.y", {"id": "o"}), secret)).object_id == "o"


GOOD_BODY, GOOD_HEADER = signed(event("x.y", {"id": "o"}))


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (GOOD_BODY, None),
        (GOOD_BODY, ""),
        (GOOD_BODY, "nonsense"),
        (GOOD_BODY, "t=1,v1=é"),
        (GOOD_BODY, signed(event("x.y", {"id": "o"}), "whsec_forged")[1]),
        (GOOD_BODY[:-5], GOOD_HEADER),
        (b"\xff\xfe", GOOD_HEADER),
        signed(event("x.y", {"id": "o"}), at=int(real_now().timestamp()) - 301),
        signed(event("x.y", {"id": "o"}), at=int(real_now().timestamp()) + 3600),
        signed(["a", "list"]),  # type: ignore[arg-type]
        signed({"object": "charge", "id": "ch_1"}),
        signed({"object": "event", "type": "x.y", "data": {"object": {}}}),
        signed({"object": "event", "id": "evt_1", "type": "x.y", "data": []}),
        signed(event("x.y", {"id": "o", "pad": "x" * 1_100_000})),
        signed(event("x.y", {"id": "o"}, livemode=True)),
    ],
    ids=[
        "no header",
        "an empty header",
        "a header of nonsense",
        "a header of strange letters",
        "forged",
        "cut short",
        "not text",
        "too old",
        "from the future",
        "a list",
        "no event",
        "an event without a name",
        "an event without an object",
        "too large",
        "for a live shop",
    ],
)
def test_what_is_not_the_providers_is_refused(body, header):
    with pytest.raises(BadEvent):
        check(body, header)


def test_a_test_event_is_refused_by_a_live_shop():
    with pytest.raises(BadEvent):
        check(*signed(event("x.y", {"id": "o"})), livemode=True)


def test_an_old_event_cannot_be_made_young_by_a_second_moment():
    body, header = signed(event("x.y", {"id": "o"}), at=1_000)
    with pytest.raises(BadEvent):
        check(body, f"{header},t={int(real_now().timestamp())}")


def test_an_event_without_a_time_is_treated_as_fresh():
    content = event("x.y", {"id": "o"})
    del content["created"]
    assert check(*signed(content)).created == 0
