"""A model's file holds plain arrays, and whatever was done to it, nothing of it runs."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from ml.artefact import FACTS, Artefact, BadArtefact, Fault, pack, sha256_of, unpack

TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
LIKINGS = np.array([[1.0, 0.1], [2.5, np.pi]])


class Bomb:
    """Whoever unpickles it finds out."""

    def __reduce__(self):
        return (pytest.fail, ("something of the file was run",))


def plain() -> Artefact:
    return Artefact("taste", {"version": "a", "penalty": 0.1}, {"weights": LIKINGS})


def open_up(content, kind="taste", trusted=()):
    return unpack(content, sha256_of(content), kind, trusted)


def fault_of(content, kind="taste", trusted=()):
    with pytest.raises(BadArtefact) as refused:
        open_up(content, kind, trusted)
    return refused.value.fault


def changed(content, **parts):
    """Return the file with some members replaced; their names have _ for the dot."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        kept = {name: old.read(name) for name in old.namelist()}
        for name, part in (kept | {k.replace("_", "."): v for k, v in parts.items()}).items():
            new.writestr(name, part)
    return stream.getvalue()


def head_with(content, **changes):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        head = json.loads(archive.read(FACTS)) | changes
    return changed(content, facts_json=json.dumps(head).encode())


def test_what_goes_in_comes_out_to_the_bit():
    back = open_up(pack(plain()))
    assert back.facts == {"version": "a", "penalty": 0.1}
    assert back.arrays["weights"].tobytes() == LIKINGS.tobytes()
    assert back.arrays["weights"].dtype == LIKINGS.dtype


def test_the_same_artefact_gives_the_same_bytes():
    assert pack(plain()) == pack(plain())


def test_estimators_come_back_by_the_list_alone():
    rng = np.random.default_rng(3)
    table, liking = rng.random((80, 3)), rng.random(80)
    trees = HistGradientBoostingRegressor(max_iter=3).fit(table, liking)
    line = Ridge().fit(table, liking)
    content = pack(Artefact("history", estimators={"trees": trees, "line": line}))
    assert fault_of(content, "history") is Fault.UNTRUSTED
    back = open_up(content, "history", (TREES,)).estimators
    assert (back["trees"].predict(table) == trees.predict(table)).all()
    assert (back["line"].predict(table) == line.predict(table)).all()


@pytest.mark.parametrize("at", [3, 60, -40])
def test_one_changed_byte_is_noticed(at):
    content = bytearray(pack(plain()))
    content[at] ^= 1
    with pytest.raises(BadArtefact) as refused:
        unpack(bytes(content), sha256_of(pack(plain())), "taste")
    assert refused.value.fault is Fault.TAMPERED


def test_a_file_that_was_cut_off_or_is_none_is_refused():
    whole = pack(plain())
    assert fault_of(whole[: len(whole) // 2]) is Fault.NO_ARTEFACT
    assert fault_of(b"") is Fault.NO_ARTEFACT
    assert fault_of(pickle.dumps(Bomb())) is Fault.NO_ARTEFACT
    assert fault_of(changed(whole, facts_json=b"[]")) is Fault.NO_ARTEFACT
    assert fault_of(changed(whole, weights_npy=b"\x93NUMPY")) is Fault.NO_ARTEFACT


def test_pickles_are_never_opened():
    part = io.BytesIO()
    np.lib.format.write_array(part, np.array([Bomb()], dtype=object), allow_pickle=True)
    assert fault_of(changed(pack(plain()), weights_npy=part.getvalue())) is Fault.PICKLED
    assert fault_of(changed(pack(plain()), bomb_pkl=pickle.dumps(Bomb()))) is Fault.FOREIGN
    with pytest.raises(ValueError, match="pickle"):
        pack(Artefact("taste", arrays={"bomb": np.array([Bomb()], dtype=object)}))


def test_files_of_other_versions_are_refused():
    whole, trees = pack(plain()), pack(Artefact("history", estimators={"line": Ridge()}))
    old = {"numpy": "1.26.4", "scikit-learn": "1.4.0"}
    near = {"numpy": np.__version__, "scikit-learn": "1.4.0"}
    assert fault_of(head_with(whole, form=0)) is Fault.OTHER_FORM
    assert fault_of(head_with(whole, libraries=old)) is Fault.OTHER_LIBRARY
    assert fault_of(head_with(trees, libraries=near), "history") is Fault.OTHER_LIBRARY
    assert fault_of(whole, "history") is Fault.OTHER_KIND
    assert open_up(head_with(whole, libraries=near)).arrays


def test_a_file_that_would_burst_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("ml.artefact.LARGEST", 100)
    assert fault_of(pack(plain())) is Fault.TOO_LARGE
