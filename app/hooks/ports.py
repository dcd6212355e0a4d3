"""What telling others needs from outside: somebody who carries a body to an address, safely."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.hooks.rules import Answer


@dataclass(frozen=True)
class Parcel:
    """One try of one delivery. Signed with every secret that counts, the newest first."""

    delivery_id: int
    lease_token: int
    event_id: uuid.UUID
    url: str
    secrets: tuple[str, ...]
    body: str

    @property
    def message_id(self) -> str:
        """Return the name by which the receiver knows an event sent twice."""
        return f"msg_{self.event_id.hex}"


class Courier(Protocol):
    """Carries bodies to addresses outside. `refusal` says why an address may not be used."""

    def refusal(self, url: str) -> str | None: ...
    def carry(self, parcel: Parcel, at: datetime) -> Answer: ...
