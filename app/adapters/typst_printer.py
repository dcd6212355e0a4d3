"""Prints invoices and credit notes as PDF: the same content gives the same bytes, every time.

The typesetter and its Chinese font come as wheels; fonts of the machine are never used, so that
two machines print alike.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

LAYOUTS = Path(__file__).parent / "papers"
FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


class TypstPrinter:
    """Prints papers, one at a time; the fonts are read when the first one is wanted."""

    def __init__(self) -> None:
        self._alone = threading.Lock()

    @cached_property
    def _press(self) -> typst.Compiler:
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
        return typst.Compiler(str(LAYOUTS / "paper.typ"), root=str(LAYOUTS), font_paths=fonts)

    def print_paper(self, content: Mapping[str, Any], issued_at: datetime) -> bytes:
        """Return the PDF of a paper; `issued_at` is written into it as its date."""
        return self._print(content, issued_at, "pdf")

    def _print(self, content: Mapping[str, Any], issued_at: datetime, form: str) -> bytes:
        plain = json.dumps(content, ensure_ascii=False, sort_keys=True)
        with self._alone:
            printed = self._press.compile(
                format=form,  # type: ignore[arg-type]  # its stubs name the forms one by one
                sys_inputs={"paper": plain},
                timestamp=int(issued_at.timestamp()),
            )
        assert isinstance(printed, bytes)
        return printed
