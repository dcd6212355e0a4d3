"""Keeps a learnt thing in one file of plain arrays and facts, and opens only what is unharmed.

The file is a zip of `facts.json`, arrays as `NAME.npy` and scikit-learn estimators as `NAME.skops`.
Nothing in it can run: arrays are read without pickle, estimators by an allow-list of types.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

FORM = 1  # counts up when files of before can no longer be read
FACTS = "facts.json"
LARGEST = 2**31  # bytes that a file may come to when it is unpacked
LONG_AGO = (1980, 1, 1, 0, 0, 0)

Array = npt.NDArray[Any]


class Fault(Enum):
    """Why a file is not opened."""

    TAMPERED = "the file is not the one that was stored: its checksum differs"
    NO_ARTEFACT = "the file was cut off, or is no model file at all"
    OTHER_FORM = "the file was written by another version of the product"
    OTHER_KIND = "the file holds a model of another kind"
    OTHER_LIBRARY = "the file was written with another version of its libraries"
    PICKLED = "the file holds pickled objects, which could run anything"
    UNTRUSTED = "the file holds estimators of types that are not on the list"
    FOREIGN = "the file holds something that has no place in it"
    TOO_LARGE = "the file would unpack to more than may be read"


class BadArtefact(ValueError):
    """A file is not opened; `fault` says why, the message names the part."""

    def __init__(self, fault: Fault, part: str = "") -> None:
        super().__init__(f"{fault.value}: {part}" if part else fault.value)
        self.fault = fault


@dataclass(frozen=True, eq=False)
class Artefact:
    """What one file holds: its kind, plain facts, arrays and fitted estimators by name."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)
    estimators: Mapping[str, Any] = field(default_factory=dict)


def libraries() -> dict[str, str]:
    """Return the versions that decide what a stored model comes to."""
    return {"numpy": np.__version__, "scikit-learn": version("scikit-learn")}


def sha256_of(content: bytes) -> str:
    """Return the checksum by which a file is known."""
    return hashlib.sha256(content).hexdigest()


def pack(artefact: Artefact) -> bytes:
    """Return the file of an artefact; raise ValueError for arrays of objects.

    Without estimators the same artefact always gives the same bytes.
    """
    head = {
        "form": FORM,
        "kind": artefact.kind,
        "libraries": libraries(),
        "facts": dict(artefact.facts),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        _put(archive, FACTS, json.dumps(head, sort_keys=True, allow_nan=False).encode())
        for name, array in sorted(artefact.arrays.items()):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), allow_pickle=False)
            _put(archive, f"{name}.npy", part.getvalue())
        for name, estimator in sorted(artefact.estimators.items()):
            _put(archive, f"{name}.skops", _kept(estimator))
    return stream.getvalue()


def unpack(content: bytes, sha256: str, kind: str, trusted: Collection[str] = ()) -> Artefact:
    """Return what a file holds, or raise BadArtefact before anything of it is used.

    `trusted` lists the types, by full name, that an estimator may be made of besides those that
    skops itself trusts.
    """
    if sha256_of(content) != sha256:
        raise BadArtefact(Fault.TAMPERED)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, kind, trusted)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as reason:
        raise BadArtefact(Fault.NO_ARTEFACT, str(reason)) from reason


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=6)


def _read(archive: zipfile.ZipFile, kind: str, trusted: Collection[str]) -> Artefact:
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise BadArtefact(Fault.TOO_LARGE)
    names = [name for name in archive.namelist() if name != FACTS]
    head = _head(archive)
    _refuse_others(head, kind, any(name.endswith(".skops") for name in names))
    arrays: dict[str, Array] = {}
    estimators: dict[str, Any] = {}
    for name in names:
        stem, _, ending = name.rpartition(".")
        if ending == "npy":
            arrays[stem] = _array(name, archive.read(name))
        elif ending == "skops":
            estimators[stem] = _estimator(name, archive.read(name), trusted)
        else:
            raise BadArtefact(Fault.FOREIGN, name)
    return Artefact(kind, head["facts"], arrays, estimators)


def _head(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        head = json.loads(archive.read(FACTS))
    except (KeyError, ValueError) as reason:
        raise BadArtefact(Fault.NO_ARTEFACT, FACTS) from reason
    if not isinstance(head, dict) or not isinstance(head.get("facts"), dict):
        raise BadArtefact(Fault.NO_ARTEFACT, FACTS)
    return head


def _refuse_others(head: Mapping[str, Any], kind: str, with_estimators: bool) -> None:
    """Refuse what this version cannot read to the bit: plain arrays outlive small releases of
    numpy, estimators outlive no release of scikit-learn."""
    if head.get("form") != FORM:
        raise BadArtefact(Fault.OTHER_FORM, f"form {head.get('form')}")
    if head.get("kind") != kind:
        raise BadArtefact(Fault.OTHER_KIND, f"{head.get('kind')}")
    stored, here = head.get("libraries") or {}, libraries()
    if str(stored.get("numpy")).split(".")[0] != here["numpy"].split(".")[0]:
        raise BadArtefact(Fault.OTHER_LIBRARY, f"numpy {stored.get('numpy')}")
    if with_estimators and stored.get("scikit-learn") != here["scikit-learn"]:
        raise BadArtefact(Fault.OTHER_LIBRARY, f"scikit-learn {stored.get('scikit-learn')}")


def _array(name: str, content: bytes) -> Array:
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))
    except ValueError as reason:
        fault = Fault.PICKLED if "pickle" in str(reason) else Fault.NO_ARTEFACT
        raise BadArtefact(fault, name) from reason


def _kept(estimator: Any) -> bytes:
    from skops import io as skops  # noqa: PLC0415 - slow to load

    kept: bytes = skops.dumps(estimator)
    return kept


def _estimator(name: str, content: bytes, trusted: Collection[str]) -> Any:
    from skops import io as skops  # noqa: PLC0415 - slow to load

    try:
        strangers = sorted(set(skops.get_untrusted_types(data=content)) - set(trusted))
        if strangers:
            raise BadArtefact(Fault.UNTRUSTED, f"{name}: {', '.join(strangers)}")
        return skops.loads(content, trusted=sorted(trusted))
    except (KeyError, TypeError, ValueError, AttributeError, ImportError) as reason:
        if isinstance(reason, BadArtefact):
            raise
        raise BadArtefact(Fault.NO_ARTEFACT, name) from reason
