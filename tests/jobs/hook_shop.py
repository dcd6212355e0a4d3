"""A shop that tells other programs: an address, something that happens, what was told."""

from sqlalchemy import Engine, text

from app.core.unit_of_work import Actor
from app.hooks.models import HookEndpoint
from app.hooks.queries import DeliveryRow, deliveries
from app.hooks.rules import EventType
from app.hooks.services.save_endpoint import EndpointFields, save_endpoint
from app.hooks.services.tell import tell
from app.wiring.tools import Tools

PAID = {"invoice_id": "i-1", "total_cents": 1500, "currency": "USD"}


def add(tools: Tools, actor: Actor, url: str, *types: str) -> HookEndpoint:
    with tools.units(actor) as work:
        fields = EndpointFields("Books", url, types or ("*",))
        return save_endpoint(work, fields, tools.courier.refusal)


def happen(tools: Tools, actor: Actor, reference: str = "i-1") -> None:
    with tools.units(actor) as work:
        tell(work, EventType.INVOICE_PAID, reference, **PAID)


def listed(tools: Tools, endpoint: HookEndpoint) -> list[DeliveryRow]:
    with tools.units.rehearse(Actor("system")) as work:
        return deliveries(work.session, endpoint.id)


def later(engine: Engine) -> None:
    """Let everything that waits fall due."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE hook_delivery SET next_try_at = now() WHERE status = 'waiting'")
        )
        connection.execute(text("UPDATE hook_endpoint SET resting_until = NULL"))
