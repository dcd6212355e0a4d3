"""Graded lots as a file brings them, and the products a roaster makes of them. Pure.

The lots are green coffee. How far each is roasted, what it is called and what it costs are
proposals by fixed rules (`roast_of`, `name_of`, `price_of`); staff may change them, and a later
import leaves them alone. Origin, process and scores are facts, and follow the file.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.catalog.rules import Roast, Taste
from app.core.file_lines import Line, LineProblem, read_lines, shown, without_repeats

NEEDED = ("lot_id", "country_of_origin", "processing_method", "acidity", "body", "sweetness")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
YEAR = re.compile(r"(?:19|20)\d\d")
HIGHEST, LOWEST = 3_000.0, 50.0
WETTEST = 0.30
BAG_GRAMS = 250

COUNTRIES = {
    "United States (Hawaii)": "Hawaii",
    "United States (Puerto Rico)": "Puerto Rico",
    "Tanzania, United Republic Of": "Tanzania",
    "Cote d?Ivoire": "Côte d’Ivoire",
}
PROCESSES = {
    "Washed / Wet": "washed",
    "Natural / Dry": "natural",
    "Pulped natural / honey": "honey",
    "Semi-washed / Semi-pulped": "semi-washed",
}
# Words that people write where they have nothing to say.
NOTHING = frozenset({"", "-", "na", "n/a", "none", "other", "various", "several", "unknown"})


@dataclass(frozen=True)
class CoffeeLot:
    """A product to be: `complete` says that nothing of its label had to be left out."""

    code: str
    name: str
    taste: Taste
    facts: dict[str, object]
    price_cents: int
    points: float
    complete: bool


@dataclass(frozen=True)
class CoffeeFile:
    """What a file says: lots to take, and what is wrong in it."""

    lots: tuple[CoffeeLot, ...]
    problems: tuple[LineProblem, ...]


def read_coffees(content: bytes) -> CoffeeFile:
    """Read a CSV file of graded lots; scores go from 0 to 10, the total to 100."""
    problems: list[LineProblem] = []
    lines = without_repeats(_real(read_lines(content, NEEDED, problems)), "lot_id")
    lots = tuple(_lot(line) for line in lines)
    return CoffeeFile(lots, tuple(sorted(problems, key=lambda each: each.line)))


def choose_for_sale(lots: Iterable[CoffeeLot], count: int) -> list[CoffeeLot]:
    """Return the best complete lots, dealt in turn over roasts and processes.

    So a shelf is good and mixed; the same file gives the same shelf.
    """
    piles: dict[tuple[str, str], list[CoffeeLot]] = defaultdict(list)
    for lot in sorted(lots, key=lambda each: (-each.points, each.code)):
        if lot.complete:
            piles[lot.taste.roast.value, lot.taste.process].append(lot)
    turns = [(place, pile) for pile in piles for place in range(len(piles[pile]))]
    return [piles[pile][place] for place, pile in sorted(turns)[:count]]


def roast_of(altitude: float | None, acidity: float | None, body: float | None) -> Roast:
    """Return how far to roast a lot: high-grown, dense and bright beans light, low-grown dark.

    From 1,500 m on a lot is roasted light unless it has more body than acidity, below 1,000 m
    dark unless it is bright. Without an altitude the balance of acidity and body decides alone.
    """
    bright = (acidity or 0.0) - (body or 0.0)
    if altitude is None:
        return Roast.LIGHT if bright >= 0.15 else Roast.DARK if bright <= -0.25 else Roast.MEDIUM
    if altitude >= 1_500:
        return Roast.LIGHT if bright >= 0 else Roast.MEDIUM
    if altitude < 1_000:
        return Roast.MEDIUM if bright > 0 else Roast.DARK
    return Roast.DARK if bright <= -0.33 else Roast.MEDIUM


def price_of(points: float | None) -> int:
    """Return the price of 250 g in cents: 13.00, and 0.75 for each whole point above 80."""
    above = max(0, min(int((points or 80.0) - 80.0), 15))
    return 1_300 + 75 * above


def name_of(line: Line, country: str) -> str:
    """Return a name such as “Guatemala Huehuetenango, Finca El Injerto, Bourbon (lot 12)”."""
    region, farm = _worded(line["region"]), _worded(line["farm_name"])
    variety = _said(line["variety"])
    place = " ".join(filter(None, (country, region))) or "Coffee"
    number = re.sub(r"^\D*0*", "", line["lot_id"]) or line["lot_id"]
    label = ", ".join(dict.fromkeys(filter(None, (place, farm, variety))))
    return f"{label} (lot {number})"


def _real(lines: Iterable[Line]) -> Iterator[Line]:
    """Leave out lines that somebody made to try something."""
    for line in lines:
        field = next((name for name, cell in line.cells.items() if cell.lower() == "test"), None)
        if field:
            line.drop(field, "This line is only a test.")
        elif line["lot_id"] and not CODE.fullmatch(line["lot_id"]):
            line.drop("lot_id", f"{shown(line['lot_id'])} is no lot number.")
        else:
            yield line


def _lot(line: Line) -> CoffeeLot:
    country = _country(line)
    process = _process(line)
    altitude = _number(
        line, "altitude_mean_meters", (LOWEST, HIGHEST), "coffee grows at 50 to 3,000 m"
    )
    acidity, body, sweetness, points = _scores(line)
    taste = Taste(
        roast=roast_of(altitude, acidity, body),
        process=process,
        origin=country,
        acidity=acidity,
        body=body,
        sweetness=sweetness,
        allergens=(),
    )
    known = (process, country, altitude, acidity, body, sweetness, points)
    return CoffeeLot(
        code=line["lot_id"],
        name=name_of(line, country),
        taste=taste,
        facts=_facts(line, altitude, points),
        price_cents=price_of(points),
        points=points or 0.0,
        complete=all(known),
    )


def _country(line: Line) -> str:
    written = _said(line["country_of_origin"])
    country = COUNTRIES.get(written, written)
    if "?" in written and country != written:
        line.change_value("country_of_origin", f"{shown(written)} is read as {shown(country)}.")
    return country


def _process(line: Line) -> str:
    written = line["processing_method"]
    if written.lower() in NOTHING:
        return ""
    if written not in PROCESSES:
        line.drop_value("processing_method", f"{shown(written)} is no process that we know.")
    return PROCESSES.get(written, "")


def _scores(line: Line) -> tuple[float | None, float | None, float | None, float | None]:
    """Return acidity, body, sweetness and the total; 0 everywhere means that nobody tasted."""
    fields = ("acidity", "body", "sweetness", "total_cup_points")
    written = [line[field] for field in fields]
    if any(written) and all(_is_zero(cell) for cell in written if cell):
        for field, cell in zip(fields, written, strict=True):
            if cell:
                line.drop_value(field, "All scores are 0: this lot was not tasted.")
        return None, None, None, None
    scale = [_number(line, field, (0.0, 10.0), "scores go from 0 to 10") for field in fields[:3]]
    total = _number(line, fields[3], (0.0, 100.0), "totals go from 0 to 100")
    return scale[0], scale[1], scale[2], total


def _number(line: Line, field: str, bounds: tuple[float, float], wrong: str) -> float | None:
    """Return a number within bounds; a blank is no number and no fault."""
    cell = line[field]
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        line.drop_value(field, f"{shown(cell)} is not a number.")
        return None
    if not bounds[0] <= value <= bounds[1]:
        line.drop_value(field, f"{value:,g} is impossible: {wrong}.")
        return None
    return value


def _is_zero(cell: str) -> bool:
    return re.fullmatch(r"0*\.?0*", cell) is not None


def _facts(line: Line, altitude: float | None, points: float | None) -> dict[str, object]:
    """Return what a label may tell besides the taste; the grower's own name is left at home."""
    moisture = _number(line, "moisture", (0.0, WETTEST), "green coffee is drier")
    facts = {
        "region": _said(line["region"]),
        "farm": _said(line["farm_name"]),
        "variety": _said(line["variety"]),
        "harvest": _harvest(line),
        "altitude_m": altitude,
        "points": points,
        # The file writes 0 where nobody measured: no bean is without water.
        "moisture": moisture or None,
        "color": line["color"],
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "")}


def _harvest(line: Line) -> str:
    """Return the years of a harvest, however they were written."""
    years = YEAR.findall(line["harvest_year"])
    if line["harvest_year"] and not years:
        line.drop_value("harvest_year", f"{shown(line['harvest_year'])} names no year.")
    return "/".join(dict.fromkeys(years))


def _said(cell: str) -> str:
    plain = " ".join(cell.split())
    return "" if plain.casefold() in NOTHING else plain


def _worded(cell: str) -> str:
    plain = _said(cell)
    return plain.title() if plain.islower() or plain.isupper() else plain
