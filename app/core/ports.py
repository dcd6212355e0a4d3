"""What every floor may need from outside: a doorbell for jobs and a post box for letters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.job_names import Job


class Queue(Protocol):
    """A doorbell: losing every ring loses nothing, since the database is the to-do list."""

    def ring(self, job: Job, ids: tuple[str, ...]) -> None: ...


@dataclass(frozen=True)
class Post:
    """A letter ready to be sent: `message_id` stays the same however often it is sent."""

    to: str
    subject: str
    text: str
    message_id: str


class Mailer(Protocol):
    """Sends letters."""

    def send(self, post: Post) -> None: ...


class Backstage(Protocol):
    """The levers of the sandbox's payment provider, which lives in the same time as the shop."""

    def put_clock(self, moment: datetime) -> None: ...
    def deliver(self) -> bool: ...
    def send_events_to(self, url: str | None, secret: str) -> None: ...
    def save_card(self, email: str, name: str, number: str) -> str: ...
    def bank(self) -> "Bank": ...


class Bank(Protocol):
    """What banks do to the sandbox's money: complain, decide, and get it paid out."""

    def dispute(self, payment: str, reason: str) -> str: ...
    def decide(self, dispute: str, won: bool) -> None: ...
    def approve(self, page: str) -> None: ...
    def pay_out(self) -> bool: ...
