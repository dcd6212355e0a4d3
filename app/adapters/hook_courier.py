"""Carries signed bodies to addresses that strangers named, without being led inside.

The name is looked up once, every address it has is checked, and the socket goes to one of those:
what the name says a moment later changes nothing. No redirect is followed, no proxy is asked, the
whole exchange has a deadline, and little of the answer is read.
"""

import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from ipaddress import ip_network
from threading import Timer
from time import monotonic
from urllib.parse import urlsplit

from ssrfguard import BlockedURLError, Policy, Resolver, SSRFGuardError, Target, connect, resolve
from standardwebhooks import Webhook

from app.hooks.ports import Parcel
from app.hooks.rules import LONGEST_ANSWER, Answer

SECONDS = 15.0
PORTS = frozenset({443, 8443})
AGENT = "Boxwright-Webhooks/1.0"
LONGEST_URL = 500
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
PUBLIC = Policy(
    allowed_schemes=frozenset({"https"}), allowed_ports=PORTS, max_url_length=LONGEST_URL
)
# For programs on the same machine as a sandbox; they have no certificate, and any port.
LOCAL = Policy(
    allowed_schemes=frozenset({"http"}),
    allowed_ports=frozenset(range(1, 65_536)),
    allowed_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
    allowed_hosts=frozenset({"localhost", "127.0.0.1", "::1"}),
    max_url_length=LONGEST_URL,
)


class HookCourier:
    """Carries over HTTPS to the public internet; with `local`, also to this very machine."""

    def __init__(
        self, local: bool = False, seconds: float = SECONDS, resolver: Resolver | None = None
    ) -> None:
        self._policies = (PUBLIC, LOCAL) if local else (PUBLIC,)
        self._seconds = seconds
        self._resolver = resolver

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading what all of the world's authorities signed takes a while.
        return ssl.create_default_context()

    def refusal(self, url: str) -> str | None:
        """Return why an address may not be used, judged by how it is written; None if it may."""
        try:
            self._allowed(url)
        except SSRFGuardError as refused:
            return str(refused)
        return None

    def carry(self, parcel: Parcel, at: datetime) -> Answer:
        """Post one body once; whatever goes wrong comes back as an answer without a status."""
        began = monotonic()
        try:
            policy, target = self._allowed(parcel.url)
            answer = self._post(policy, target, parcel, at)
        except SSRFGuardError as refused:
            answer = Answer(None, error=f"not allowed: {refused}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer = Answer(None, error=f"{type(error).__name__}: {error}")
        spent = round((monotonic() - began) * 1000)
        return Answer(answer.status, answer.text, answer.error, answer.retry_after, spent)

    def _allowed(self, url: str) -> tuple[Policy, Target]:
        """Return the first policy that lets an address pass; the public one says why not."""
        for policy in self._policies[1:]:
            with suppress(SSRFGuardError):
                return policy, policy.check_url(url)
        return PUBLIC, full_name(url, PUBLIC.check_url(url))

    def _post(self, policy: Policy, target: Target, parcel: Parcel, at: datetime) -> Answer:
        found = resolve(target, policy=policy, resolver=self._resolver)
        sock = connect(found, policy=policy, timeout=self._seconds / policy.max_connection_attempts)
        sock.settimeout(self._seconds)
        with closing_after(sock, self._seconds):
            line = http.client.HTTPConnection(target.host, target.port)
            line.sock = sock
            if target.scheme == "https":
                line.sock = self._tls.wrap_socket(sock, server_hostname=target.host)
            split = urlsplit(parcel.url)
            path = (split.path or "/") + (f"?{split.query}" if split.query else "")
            line.request("POST", path, parcel.body.encode(), headers_of(parcel, at))
            with line.getresponse() as came:
                text = came.read(LONGEST_ANSWER * 4).decode(errors="replace")
                return Answer(came.status, plain(text), retry_after=seconds_of(came))


def full_name(url: str, target: Target) -> Target:
    """Refuse names that only a name server inside knows, and addresses written as odd numbers."""
    last = target.host.rstrip(".").rpartition(".")
    if not target.is_literal_address and (not last[0] or NUMBER.fullmatch(last[2])):
        raise BlockedURLError(url, "its host is not a full public name")
    return target


@contextmanager
def closing_after(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Cut a connection off at a deadline, however slowly the other side keeps it alive."""
    # Encryption takes the socket over; a second handle still reaches the connection.
    handle = sock.dup()

    def cut() -> None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        cut()
        handle.close()
        sock.close()


def headers_of(parcel: Parcel, at: datetime) -> dict[str, str]:
    """Return the headers of one try: the same id each time, the time of this try, signatures."""
    signatures = [
        Webhook(secret).sign(parcel.message_id, at, parcel.body) for secret in parcel.secrets
    ]
    return {
        "content-type": "application/json",
        "user-agent": AGENT,
        "connection": "close",
        "webhook-id": parcel.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def seconds_of(came: http.client.HTTPResponse) -> int | None:
    """Return the seconds of a Retry-After; a date or anything else counts as none."""
    said = (came.getheader("retry-after") or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else None


def plain(text: str) -> str:
    """Return text that a database can hold and a page can show."""
    return "".join(each if each.isprintable() else " " for each in text)[:LONGEST_ANSWER].strip()
