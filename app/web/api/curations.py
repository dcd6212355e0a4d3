"""Curations: what is settled by hand for the boxes of some days; taste does the rest."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from app.catalog.queries import product_by_code, products
from app.core.clock import local_day
from app.core.unit_of_work import UnitOfWork
from app.people.rules import Scope
from app.personalization import curation_queries as queries
from app.personalization.curation import CurationFields, CurationKind, CurationRule
from app.personalization.services.save_curation import forget_curation as forget
from app.personalization.services.save_curation import save_curation
from app.web.api.chapter import Chapter
from app.web.api.shapes import (
    Code,
    GivenDay,
    Id,
    Names,
    Nothing,
    Page,
    Paging,
    Params,
    Strict,
    cut,
    shown,
)

CURATIONS = Chapter("Curations", "Theme, hero, embargo, substitution: settled for some days.")


class CurationPath(Params):
    """Names a curation."""

    curation_id: Id


class Rule(Strict):
    """One rule about a coffee, by its code: `instead` for a replacement, `until` for an embargo."""

    kind: CurationKind
    product: Code
    instead: Code | None = None
    until: GivenDay | None = None


class CurationIn(Strict):
    """A curation. Exclusions always win over it; own choices come before its hero."""

    model_config = shown(
        starts_on="2027-02-01",
        ends_on="2027-02-28",
        theme={"en": "Winter light", "zh-CN": "冬日暖光"},
        rules=[
            {"kind": "hero", "product": "yirga"},
            {"kind": "embargo", "product": "toraja", "until": "2027-03-01"},
        ],
    )

    starts_on: GivenDay
    ends_on: GivenDay
    theme: Names
    rules: Annotated[list[Rule], Field(max_length=50)] = Field(default_factory=list)


class RuleShown(Strict):
    """One rule about a coffee, by its code."""

    kind: CurationKind
    product: str
    instead: str | None
    until: date | None


class Curation(Strict):
    """A curation as it holds."""

    id: Id
    starts_on: date
    ends_on: date
    theme: dict[str, str]
    rules: list[RuleShown]


class CurationList(Page[Curation]):
    """One page of curations."""


@CURATIONS.get("/curations", Scope.CATALOG_READ)
def list_curations(work: UnitOfWork, query: Paging) -> CurationList:
    """List the curations that are not over yet, by day."""
    page = cut(query, queries.curations(work.session, local_day(work.now, work.shop.zone)))
    return CurationList(**{**page, "items": _shown(work, page["items"])})


@CURATIONS.get("/curations/<uuid:curation_id>", Scope.CATALOG_READ)
def get_curation(work: UnitOfWork, path: CurationPath) -> Curation:
    """Get a curation."""
    return _one(work, path.curation_id)


@CURATIONS.create("/curations", Scope.CATALOG_WRITE, undo="forgetCuration")
def add_curation(work: UnitOfWork, body: CurationIn) -> Curation:
    """Add a curation; one that contradicts itself or another is refused."""
    return _one(work, save_curation(work, _fields(work, body)))


@CURATIONS.put("/curations/<uuid:curation_id>", Scope.CATALOG_WRITE)
def put_curation(work: UnitOfWork, path: CurationPath, body: CurationIn) -> Curation:
    """Change a curation; boxes that are composed already stay as they are."""
    queries.curation_row(work.session, path.curation_id)
    return _one(work, save_curation(work, _fields(work, body), path.curation_id))


@CURATIONS.post("/curations/<uuid:curation_id>/forget", Scope.CATALOG_WRITE)
def forget_curation(work: UnitOfWork, path: CurationPath) -> Nothing:
    """Take a curation back; open boxes are composed by taste again."""
    forget(work, path.curation_id)
    return Nothing()


def _fields(work: UnitOfWork, body: CurationIn) -> CurationFields:
    rules = tuple(
        CurationRule(
            rule.kind,
            product_by_code(work.session, rule.product).id,
            product_by_code(work.session, rule.instead).id if rule.instead else None,
            rule.until,
        )
        for rule in body.rules
    )
    return CurationFields(body.starts_on, body.ends_on, dict(body.theme), rules)


def _one(work: UnitOfWork, curation_id: uuid.UUID) -> Curation:
    return _shown(work, [queries.curation_page(work.session, curation_id)])[0]


def _shown(work: UnitOfWork, pages: list[queries.CurationPage]) -> list[Curation]:
    codes = {product.id: product.code for product in products(work.session)}
    return [
        Curation(
            id=page.id,
            starts_on=page.starts_on,
            ends_on=page.ends_on,
            theme=page.theme,
            rules=[
                RuleShown(
                    kind=rule.kind,
                    product=codes[rule.product_id],
                    instead=codes[rule.instead_id] if rule.instead_id else None,
                    until=rule.until,
                )
                for rule in page.rules
            ],
        )
        for page in pages
    ]
