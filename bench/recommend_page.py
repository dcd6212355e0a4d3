"""Writes the figures of the recommender into a page: a table, a plot, and the command for each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

COLUMNS = (
    "ndcg10",
    "recall10",
    "hit10",
    "repeat_ndcg10",
    "explore_ndcg10",
    "coverage",
    "gini",
    "fit_cpu_seconds",
)
HEAD = """# The recommender, measured

NDCG@10 and the rest on the next basket of everybody; all methods see the same past and are tuned
on the basket before. "Lead" is the product's NDCG@10 less that of the best rival, with the 95 %
interval of a paired bootstrap over people. CPU seconds include the tuning; compare them within one
table only. A section is written anew by the command that stands above it.
"""
WIDTH = 40


def write_page(page: Path, found: dict[str, Any]) -> None:
    """Put the section of one run into the page, in place of an older one."""
    name = str(found["data"])
    old = page.read_text() if page.exists() else HEAD
    sections = dict(re.findall(r"(?ms)^## (\S+)\n(.*?)(?=^## |\Z)", old))
    sections[name] = _section(found)
    page.parent.mkdir(parents=True, exist_ok=True)
    body = [f"## {each}\n{sections[each].rstrip()}\n" for each in sorted(sections)]
    page.write_text(HEAD + "\n" + "\n".join(body))


def _section(found: dict[str, Any]) -> str:
    command = f"`python -m bench.recommend --data {found['data']} --json --write`"
    if "product" not in found:
        return f"\n{command}\n\n```json\n{json.dumps(found, indent=1)}\n```\n"
    rows = {name: each for name, each in found.items() if isinstance(each, dict)}
    low, high = found["difference_interval"]
    product = found["product"]
    return "\n".join(
        [
            "",
            f"{command} — {found['people']} people, {found['products']} products.",
            "",
            "| | " + " | ".join(COLUMNS) + " |",
            "| --- |" + " --- |" * len(COLUMNS),
            *(
                f"| {name} | " + " | ".join(str(each.get(column, "")) for column in COLUMNS) + " |"
                for name, each in rows.items()
            ),
            "",
            f"Lead over {found['best_rival']}: {found['difference']:+.4f} ({low:+.4f} to "
            f"{high:+.4f}). Calibration: predicted over actual {product['calibration']}, ECE "
            f"{product['ece']}, Brier skill {product['brier_skill']}. Layer: {product['layer']}, "
            f"{product['boxes_back']} boxes back.",
            "",
            "```text",
            *_bars({name: float(each["ndcg10"]) for name, each in rows.items()}),
            "```",
            "",
        ]
    )


def _bars(values: dict[str, float]) -> list[str]:
    """Return one bar of text for each value, the longest first."""
    most = max(values.values()) or 1.0
    return [
        f"{name:<18} {'█' * max(1, round(value / most * WIDTH))} {value:.4f}"
        for name, value in sorted(values.items(), key=lambda each: -each[1])
    ]
