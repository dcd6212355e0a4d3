"""The levers of the sandbox's payment provider: its clock, its events, people with cards."""

from datetime import datetime
from typing import Any

import requests

SECONDS = 60


class StandIn:
    """Moves the stand-in's time along with the shop's, and has its events delivered."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False  # a proxy does not know this machine's own servers

    def put_clock(self, moment: datetime) -> None:
        """Let the provider's time stand at `moment`."""
        self._post("clock", {"now": int(moment.timestamp())})

    def deliver(self) -> bool:
        """Have all waiting events delivered now; say whether any arrived."""
        return bool(self._post("webhooks/flush", {})["delivered"])

    def send_events_to(self, url: str | None, secret: str) -> None:
        """Name the address that events are delivered to."""
        self._post("webhook_endpoint", {"url": url, "secret": secret})

    def save_card(self, email: str, name: str, number: str) -> str:
        """Make a customer who has saved a test card; return the customer's id."""
        row = {"email": email, "name": name, "card": number}
        made = self._post("customers/bulk", {"customers": [row]})
        return str(made["customers"][0]["customer"])

    def _post(self, lever: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = self.session.post(f"{self.url}/_sandbox/{lever}", json=content, timeout=SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
