"""Webhooks: addresses of other programs that are told of what happens here."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.unit_of_work import UnitOfWork
from app.hooks import queries
from app.hooks.rules import DeliveryStatus
from app.hooks.services import replay_deliveries, save_endpoint
from app.people.rules import Scope
from app.web.api.chapter import Chapter
from app.web.api.shapes import (
    Id,
    Moment,
    Nothing,
    Page,
    Paging,
    Params,
    Short,
    Strict,
    cut,
    shown,
    window,
)
from app.web.doors import tools

HOOKS = Chapter("Webhooks", "Addresses of other programs that are told of what happens here.")
Url = Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^[!-~]+$")]
Pattern = Annotated[
    str, StringConstraints(max_length=60, pattern=r"^(\*|[a-z_]{1,29}\.(\*|[a-z_]{1,29}))$")
]


class WebhookPath(Params):
    """Names an address."""

    endpoint_id: Id


class ToldPath(Params):
    """Names an event that an address was told."""

    endpoint_id: Id
    event_id: Id


class DeliveryQuery(Paging):
    """Which deliveries are wanted."""

    status: DeliveryStatus | None = None


class WebhookIn(Strict):
    """An address, and the types of what it is told: names, `invoice.*`, or `*` for all."""

    model_config = shown(
        name="Books", url="https://books.example.com/in", types=["invoice.*", "refund.settled"]
    )

    name: Short
    url: Url
    types: Annotated[list[Pattern], Field(max_length=40)]
    enabled: bool = True


class Webhook(Strict):
    """An address as it stands. Its times are real ones, also in a sandbox."""

    id: Id
    name: str
    url: str
    types: list[str]
    enabled: bool
    off_because: str
    resting_until: Moment | None
    last_success_at: Moment | None
    old_secret_until: Moment | None


class WebhookSecret(Webhook):
    """An address with its secret, which is shown this once."""

    secret: str


class WebhookList(Page[Webhook]):
    """One page of addresses."""


class Delivery(Strict):
    """One event for one address, and what came back at its last try."""

    id: int
    event_id: Id
    type: str
    status: DeliveryStatus
    tries: int
    next_try_at: Moment | None
    last_status: int | None
    last_answer: str


class DeliveryPage(Page[Delivery]):
    """One page of deliveries."""


class SentAgain(Strict):
    """How many deliveries are sent once more."""

    sent: int


@HOOKS.get("/webhooks", Scope.WEBHOOKS_READ)
def list_webhooks(work: UnitOfWork, query: Paging) -> WebhookList:
    """List the addresses, the oldest first."""
    page = cut(query, queries.endpoints(work.session))
    return WebhookList(**{**page, "items": [_shown(row) for row in page["items"]]})


@HOOKS.get("/webhooks/<uuid:endpoint_id>", Scope.WEBHOOKS_READ)
def get_webhook(work: UnitOfWork, path: WebhookPath) -> Webhook:
    """Get an address."""
    return _shown(queries.endpoint_row(work.session, path.endpoint_id))


@HOOKS.create("/webhooks", Scope.WEBHOOKS_WRITE, undo="putWebhook")
def add_webhook(work: UnitOfWork, body: WebhookIn) -> WebhookSecret:
    """Add an address; its secret is in this answer and nowhere else."""
    saved = save_endpoint.save_endpoint(work, _fields(body), tools().courier.refusal)
    if not body.enabled:
        save_endpoint.switch_endpoint(work, saved.id, False)
        work.session.flush()
    row = _shown(queries.endpoint_row(work.session, saved.id))
    return WebhookSecret(**row.model_dump(), secret=saved.secret)


@HOOKS.put("/webhooks/<uuid:endpoint_id>", Scope.WEBHOOKS_WRITE)
def put_webhook(work: UnitOfWork, path: WebhookPath, body: WebhookIn) -> Webhook:
    """Change an address, or switch it off and on again."""
    check = tools().courier.refusal
    saved = save_endpoint.save_endpoint(work, _fields(body), check, path.endpoint_id)
    if saved.enabled is not body.enabled:
        save_endpoint.switch_endpoint(work, saved.id, body.enabled)
        work.session.flush()
    return _shown(queries.endpoint_row(work.session, saved.id))


@HOOKS.post("/webhooks/<uuid:endpoint_id>/rotate", Scope.WEBHOOKS_WRITE)
def rotate_webhook(work: UnitOfWork, path: WebhookPath) -> WebhookSecret:
    """Renew a secret; for a day the old one signs beside it."""
    saved = save_endpoint.rotate_secret(work, path.endpoint_id)
    work.session.flush()
    row = _shown(queries.endpoint_row(work.session, saved.id))
    return WebhookSecret(**row.model_dump(), secret=saved.secret)


@HOOKS.post("/webhooks/<uuid:endpoint_id>/test", Scope.WEBHOOKS_WRITE)
def test_webhook(work: UnitOfWork, path: WebhookPath) -> Nothing:
    """Send a `webhook.test`."""
    save_endpoint.send_test(work, path.endpoint_id)
    return Nothing()


@HOOKS.get("/webhooks/<uuid:endpoint_id>/deliveries", Scope.WEBHOOKS_READ)
def list_deliveries(work: UnitOfWork, path: WebhookPath, query: DeliveryQuery) -> DeliveryPage:
    """List what an address was told, the newest first."""
    queries.endpoint_row(work.session, path.endpoint_id)
    limits = (query.limit + 1, query.offset)
    found = queries.deliveries(work.session, path.endpoint_id, query.status, *limits)
    return DeliveryPage(**window(query, [_delivery(row) for row in found]))


@HOOKS.post("/webhooks/<uuid:endpoint_id>/events/<uuid:event_id>/replay", Scope.WEBHOOKS_WRITE)
def replay_event(work: UnitOfWork, path: ToldPath) -> SentAgain:
    """Send one event once more, whatever came of it."""
    delivery_id = queries.delivery_of(work.session, path.endpoint_id, path.event_id)
    replay_deliveries.replay_delivery(work, path.endpoint_id, delivery_id)
    return SentAgain(sent=1)


@HOOKS.post("/webhooks/<uuid:endpoint_id>/replay", Scope.WEBHOOKS_WRITE)
def replay_failed(work: UnitOfWork, path: WebhookPath) -> SentAgain:
    """Send everything once more that was given up."""
    return SentAgain(sent=replay_deliveries.replay_failed(work, path.endpoint_id))


def _fields(body: WebhookIn) -> save_endpoint.EndpointFields:
    return save_endpoint.EndpointFields(body.name, body.url, tuple(body.types))


def _shown(row: queries.EndpointRow) -> Webhook:
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        types=list(row.types),
        enabled=row.enabled,
        off_because=row.off_because,
        resting_until=row.resting_until,
        last_success_at=row.last_success_at,
        old_secret_until=row.old_secret_until,
    )


def _delivery(row: queries.DeliveryRow) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.model_fields})
