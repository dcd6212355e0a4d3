"""People of a blind tasting as a file brings them: answers to the quiz, four coffees rated. Pure.

Questions that the quiz does not ask (drinks, cups, spending, milk) are passed over. So
are the bitterness and acidity that people thought they tasted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.catalog.rules import Roast, Taste
from app.core.file_lines import Line, LineProblem, read_lines, shown, without_repeats
from app.personalization.rules import QUIZ, QuizAnswers

NAME = re.compile(r"[A-Za-z0-9]{1,40}")
DOMAIN = "tasters.invalid"
SEPARATOR = ", "
COLUMNS = {
    "roast": "roast_level",
    "style": "style",
    "strength": "strength",
    "caffeine": "caffeine",
    "expertise": "expertise_1_10",
    "brew_methods": "brew_methods",
    "additions": "additions",
}
# Up to this point of the scale it is called so.
EXPERTISE = ((3, "Beginner"), (5, "Some"), (7, "Much"), (10, "Expert"))
LETTERS = ("a", "b", "c", "d")
NEEDED = ("respondent_id", *COLUMNS.values(), *(f"coffee_{each}_liking_1_5" for each in LETTERS))


@dataclass(frozen=True)
class TastedCoffee:
    """One of the coffees that everybody tasted without knowing what it was."""

    letter: str
    code: str
    name: dict[str, str]
    taste: Taste


TASTED = (
    TastedCoffee(
        "a",
        "TASTING-A",
        {"en": "Tasting coffee A, Kenya", "zh": "品鉴咖啡 A：肯尼亚"},
        Taste(Roast.LIGHT, "washed", "Kenya", allergens=()),
    ),
    TastedCoffee(
        "b",
        "TASTING-B",
        {"en": "Tasting coffee B, blend", "zh": "品鉴咖啡 B：拼配"},
        Taste(Roast.MEDIUM, "", "Blend", allergens=()),
    ),
    TastedCoffee(
        "c",
        "TASTING-C",
        {"en": "Tasting coffee C, dark blend", "zh": "品鉴咖啡 C：深烘拼配"},
        Taste(Roast.DARK, "", "Blend", allergens=()),
    ),
    TastedCoffee(
        "d",
        "TASTING-D",
        {"en": "Tasting coffee D, Colombia", "zh": "品鉴咖啡 D：哥伦比亚"},
        Taste(Roast.LIGHT, "natural anaerobic", "Colombia", ("fruity", "fermented"), allergens=()),
    ),
)


@dataclass(frozen=True)
class Taster:
    """Somebody who tasted: what they answered, and how they liked each coffee (1 to 5)."""

    respondent: str
    answers: QuizAnswers
    likings: tuple[tuple[str, int], ...]

    @property
    def email(self) -> str:
        """Return an address that reaches nobody and is nobody else's.

        Names of respondents differ by capitals alone here and there, which addresses must not;
        so the places of the capitals are part of it.
        """
        capitals = [str(place) for place, sign in enumerate(self.respondent, 1) if sign.isupper()]
        return f"{'-'.join([self.respondent.lower(), *capitals])}@{DOMAIN}"


@dataclass(frozen=True)
class TasterFile:
    """What a file says: people to take, and what is wrong in it."""

    people: tuple[Taster, ...]
    problems: tuple[LineProblem, ...]


def read_tasters(content: bytes) -> TasterFile:
    """Read a CSV file of a tasting; an open question is no fault."""
    problems: list[LineProblem] = []
    lines = without_repeats(_named(read_lines(content, NEEDED, problems)), "respondent_id")
    people = tuple(
        Taster(line["respondent_id"], _answers(line), tuple(_likings(line))) for line in lines
    )
    return TasterFile(people, tuple(sorted(problems, key=lambda each: each.line)))


def split_choices(text: str, known: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the known choices that a text joins, and what is left over.

    Some choices hold commas themselves, so that the longest known one is taken each time.
    """
    longest_first = sorted(known, key=len, reverse=True)
    found: list[str] = []
    unknown: list[str] = []
    rest = text.strip()
    while rest:
        fits = (each for each in longest_first if f"{rest}{SEPARATOR}".startswith(each + SEPARATOR))
        choice = next(fits, None)
        if choice is None:
            part, _, rest = rest.partition(SEPARATOR)
            unknown.append(part)
        else:
            rest = rest[len(choice) + len(SEPARATOR) :]
            found.append(choice)
    return list(dict.fromkeys(found)), unknown


def _named(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        name = line["respondent_id"]
        if name.lower() == "test":
            line.drop("respondent_id", "This line is only a test.")
        elif name and not NAME.fullmatch(name):
            line.drop("respondent_id", f"{shown(name)} is no name of a respondent.")
        else:
            yield line


def _answers(line: Line) -> QuizAnswers:
    return replace(
        QuizAnswers(
            roast=_one(line, "roast"),
            style=_one(line, "style"),
            strength=_one(line, "strength"),
            caffeine=_one(line, "caffeine"),
            expertise=_expertise(line),
        ),
        brew_methods=_many(line, "brew_methods"),
        additions=_many(line, "additions"),
    )


def _expertise(line: Line) -> str | None:
    """Return in words what people said on a scale from 1 to 10."""
    answer = line[COLUMNS["expertise"]]
    if answer and not (answer.isascii() and answer.isdigit() and 1 <= int(answer) <= 10):
        line.drop_value(COLUMNS["expertise"], f"{shown(answer)} is no whole number from 1 to 10.")
        return None
    return next((word for most, word in EXPERTISE if int(answer) <= most), None) if answer else None


def _one(line: Line, question: str) -> str | None:
    answer = line[COLUMNS[question]]
    if answer and answer not in QUIZ[question]:
        line.drop_value(COLUMNS[question], f"{shown(answer)} is no answer of this question.")
        return None
    return answer or None


def _many(line: Line, question: str) -> tuple[str, ...]:
    found, unknown = split_choices(line[COLUMNS[question]], QUIZ[question])
    for each in unknown:
        line.drop_value(COLUMNS[question], f"{shown(each)} is no answer of this question.")
    return tuple(found)


def _likings(line: Line) -> Iterator[tuple[str, int]]:
    for letter in LETTERS:
        field = f"coffee_{letter}_liking_1_5"
        cell = line[field]
        if cell in {"1", "2", "3", "4", "5"}:
            yield letter, int(cell)
        elif cell:
            line.drop_value(field, f"{shown(cell)} is no whole number from 1 to 5.")
