"""The levers of the sandbox's payment provider: its clock, its events, people with cards."""

from datetime import datetime
from typing import Any

import requests

SECONDS = 60
BAD_REQUEST = 400


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

    def bank(self) -> "StandInBank":
        """Return what banks do to this provider's money."""
        return StandInBank(self)

    def pull(self, lever: str, content: dict[str, Any]) -> dict[str, Any]:
        """Pull one lever; return what it answers."""
        return self._post(lever, content)

    def _post(self, lever: str, content: dict[str, Any]) -> dict[str, Any]:
        answer = self.session.post(f"{self.url}/_sandbox/{lever}", json=content, timeout=SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class StandInBank:
    """The banks behind the stand-in: cardholders' ones that complain, and the shop's own."""

    def __init__(self, provider: StandIn) -> None:
        self.provider = provider

    def dispute(self, payment: str, reason: str) -> str:
        """Let a cardholder's bank take a payment back; return the dispute's id."""
        made = self.provider.pull("disputes", {"payment_intent": payment, "reason": reason})
        return str(made["id"])

    def decide(self, dispute: str, won: bool) -> None:
        """Let the bank close a dispute, for the shop or for the cardholder."""
        self.provider.pull(f"disputes/{dispute}/close", {"status": "won" if won else "lost"})

    def approve(self, page: str) -> None:
        """Say yes on the page of a cardholder's bank, as its owner would."""
        session = self.provider.session
        answer = session.post(page, {"answer": "approve"}, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()

    def pay_out(self) -> bool:
        """Send the balance to the shop's bank; say whether there was any."""
        try:
            self.provider.pull("payouts", {})
        except requests.HTTPError as refused:
            if refused.response.status_code != BAD_REQUEST:
                raise
            return False
        return True
