"""No address that a stranger can name leads inside: forty tries, not one connection."""

import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.adapters.hook_courier import HookCourier
from app.hooks.ports import Parcel
from tests.receiver import Receiver, receiving

NOW = datetime(2027, 1, 4, 15, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# The port of a server that listens on this machine stands where {port} is.
WRITTEN = (
    "https://127.0.0.1/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://user:secret@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:22/",
    "https://example.com:{port}/",
    "http://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_",
    "ftp://127.0.0.1:{port}/",
    "https://127.0.0.1%00.example.com/",
)
# Names that look harmless: what the name server says decides.
NAMED = (
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["100.64.1.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["fd12:3456::1"],
    ["93.184.215.14", "127.0.0.1"],
)


class Names:
    """A name server that answers with these addresses, and counts how often it is asked."""

    def __init__(self, *turns: list[str]) -> None:
        self.turns = list(turns)
        self.asked = 0

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.asked += 1
        found = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        return [_answer(each, port) for each in found]


def _answer(address: str, port: int) -> tuple[object, ...]:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as held:
        yield held


def parcel(url: str) -> Parcel:
    return Parcel(1, 1, uuid.uuid4(), url, (SECRET,), "{}")


def test_of_forty_hostile_addresses_none_is_connected_to(receiver: Receiver) -> None:
    courier = HookCourier(resolver=Names(["127.0.0.1"]), seconds=2)
    for written in WRITTEN:
        url = written.format(port=receiver.port)
        assert courier.refusal(url), url
        answer = courier.carry(parcel(url), NOW)
        assert answer.status is None, url
        assert "not allowed" in answer.error, url
    assert len(set(WRITTEN)) == 40
    assert receiver.connections == 0


def test_a_sandbox_that_may_reach_this_machine_reaches_nothing_else(receiver: Receiver) -> None:
    courier = HookCourier(local=True, resolver=Names(["10.0.0.1"]), seconds=2)
    reached = [each for each in WRITTEN if not courier.refusal(each.format(port=receiver.port))]
    assert reached == ["http://127.0.0.1:{port}/"]
    answer = courier.carry(parcel("http://localhost:80/"), NOW)
    assert "not allowed" in answer.error


@pytest.mark.parametrize("found", NAMED)
def test_a_name_that_leads_inside_is_never_connected_to(
    receiver: Receiver, found: list[str]
) -> None:
    names = Names(found)
    courier = HookCourier(resolver=names, seconds=2)
    assert courier.refusal("https://hooks.example.com/") is None
    answer = courier.carry(parcel("https://hooks.example.com/"), NOW)
    assert answer.status is None
    assert "not allowed" in answer.error
    assert names.asked == 1
    assert receiver.connections == 0


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    courier = HookCourier(local=True, resolver=names, seconds=2)
    answer = courier.carry(parcel(f"http://localhost:{receiver.port}/hooks"), NOW)
    assert answer.status == 204
    assert names.asked == 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.will_answer(302, headers={"location": f"http://127.0.0.1:{receiver.port}/inside"})
    answer = HookCourier(local=True).carry(parcel(receiver.url), NOW)
    assert answer.status == 302
    assert [path for path, *_ in receiver.came] == ["/hooks"]


def test_an_answer_without_end_is_cut_off(receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b"x" * 5_000_000)]
    answer = HookCourier(local=True).carry(parcel(receiver.url), NOW)
    assert answer.status == 200
    assert len(answer.text) == 500


def test_somebody_who_never_answers_is_left_after_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        answer = HookCourier(local=True, seconds=0.3).carry(parcel(url), NOW)
    assert answer.status is None
    assert answer.error
