"""Hands out a person's own taste as files: JSON with everything, CSV with a line for each fact."""

import csv
import io
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue

from app.catalog.queries import products_by_id
from app.core.unit_of_work import UnitOfWork
from app.fulfilment.export_cells import guard_cell
from app.personalization.household_queries import Member, household_of
from app.personalization.queries import (
    DiaryLine,
    answers_of,
    diary_of,
    own_exclusions,
    without_taste,
)
from app.personalization.rules import Exclusion, QuizAnswers
from app.personalization.supply_queries import HomeLine, said_of_home
from app.web.doors import open_work, subscriber_only

bp = Blueprint("taste_files", __name__, url_prefix="/taste")
COLUMNS = ("at", "kind", "about", "value", "reasons", "note")


@bp.get("/my-taste.json")
@subscriber_only
def as_json() -> ResponseReturnValue:
    """Download everything that is known of one's taste."""
    with open_work() as work:
        facts = facts_of(work)
    told = {
        "personal": facts["personal"],
        "answers": vars(facts["answers"]),
        "exclusions": [
            {"kind": each.kind.value, "value": each.value} for each in facts["exclusions"]
        ],
        "diary": [{**vars(each), "at": each.at.isoformat()} for each in facts["diary"]],
        "household": [member_facts(each, facts["codes"]) for each in facts["household"]],
        "coffee_at_home": [{**vars(each), "at": each.at.isoformat()} for each in facts["at_home"]],
    }
    return download(json.dumps(told, ensure_ascii=False, indent=2), "my-taste.json")


@bp.get("/my-taste.csv")
@subscriber_only
def as_csv() -> ResponseReturnValue:
    """Download the same as a table."""
    with open_work() as work:
        facts = facts_of(work)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows([guard_cell(cell) for cell in row] for row in rows_of(facts))
    return download("\ufeff" + text.getvalue(), "my-taste.csv")


def facts_of(work: UnitOfWork) -> dict[str, Any]:
    """Return what is known of the taste of who asks."""
    who = g.subscriber_id
    household = household_of(work.session, who)
    rated = {cup.product_id for each in household for cup in each.ratings}
    return {
        "personal": not without_taste(work.session, [who]),
        "answers": answers_of(work.session, who) or QuizAnswers(),
        "exclusions": own_exclusions(work.session, who),
        "diary": diary_of(work.session, who),
        "household": household,
        "at_home": said_of_home(work.session, who),
        "codes": {key: each.code for key, each in products_by_id(work.session, rated).items()},
    }


def member_facts(member: Member, codes: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """Return what is known of somebody who shares the boxes."""
    return {
        "name": member.name,
        "answers": vars(member.answers),
        "exclusions": [
            {"kind": each.kind.value, "value": each.value} for each in member.exclusions
        ],
        "ratings": [
            {"at": cup.at.isoformat(), "code": codes[cup.product_id], "liking": cup.liking}
            for cup in member.ratings
        ],
    }


def rows_of(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return answers, exclusions and diary as rows of COLUMNS."""
    own = told_rows(facts["answers"], facts["exclusions"])
    diary = [diary_row(each) for each in facts["diary"]]
    diary += [home_row(each) for each in facts["at_home"]]
    return [*own, *diary, *(row for each in facts["household"] for row in member_rows(each, facts))]


def told_rows(
    answers: QuizAnswers, ruled_out: Sequence[Exclusion], who: str = ""
) -> list[tuple[str, ...]]:
    """Return answers and exclusions as rows; `who` shares the boxes."""
    told: list[tuple[str, ...]] = [
        ("", "answer", question, "; ".join(given) if isinstance(given, tuple) else given, "", who)
        for question, given in vars(answers).items()
        if given
    ]
    return told + [("", "exclusion", each.kind.value, each.value, "", who) for each in ruled_out]


def member_rows(member: Member, facts: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return what is known of somebody who shares the boxes as rows, their name as the note."""
    return told_rows(member.answers, member.exclusions, member.name) + [
        (
            cup.at.isoformat(),
            "rating",
            facts["codes"][cup.product_id],
            str(cup.liking),
            "",
            member.name,
        )
        for cup in member.ratings
    ]


def diary_row(line: DiaryLine) -> tuple[str, ...]:
    """Return one line of the diary as a row."""
    value = "" if line.value is None else str(line.value)
    return (line.at.isoformat(), line.kind, line.code, value, "; ".join(line.reasons), line.note)


def home_row(line: HomeLine) -> tuple[str, ...]:
    """Return what was said about the coffee at home as a row."""
    value = str(line.word) if line.bags is None else f"{line.bags:g}"
    about = "word" if line.bags is None else "bags"
    return (line.at.isoformat(), "coffee_at_home", about, value, "", "")


def download(text: str, name: str) -> Response:
    """Return a text as a file to keep."""
    kind = "application/json" if name.endswith(".json") else "text/csv; charset=utf-8"
    answer = Response(text, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
