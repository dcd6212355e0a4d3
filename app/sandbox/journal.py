"""The stand-in's memory on disk: one JSON line per operation, appended and flushed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file; without a path it forgets everything, which suits short tests."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file = None if path is None else self._open(path)

    @staticmethod
    def _open(path: Path) -> Any:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return path.open("r+b", buffering=1 << 16)

    def replay(self) -> Iterator[dict[str, Any]]:
        """Yield every whole line; a last line torn by a crash is cut off the file."""
        if self._file is None:
            return
        self._file.seek(0)
        good = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            yield json.loads(line)
            good += len(line)
        self._file.seek(good)
        self._file.truncate()

    def append(self, line: str) -> None:
        """Write one line and hand it to the operating system."""
        if self._file is not None:
            self._file.write(line.encode() + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file, after making sure that it reached the disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
