"""Files for the warehouse on disk: each appears whole or not at all."""

import os
from pathlib import Path

from app.fulfilment.export_rules import ExportFiles


def write_export(export: ExportFiles, folder: Path) -> tuple[Path, ...]:
    """Write a version's files into a folder and return their paths; again changes nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(_write(folder / name, content) for name, content in export.named().items())
    _sync(folder)
    return paths


def _write(target: Path, content: bytes) -> Path:
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    return target


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
