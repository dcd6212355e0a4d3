"""Embedded PostgreSQL, Valkey and payment stand-in, started where no address is given.

Whoever asks first starts them, everybody joins them, and they stop when the last user is gone
(see `keeper`). Nothing outside the shop's folder is shared with other users of the machine.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from app.adapters.embedded_stand_in import is_up
from app.adapters.embedded_valkey import free_port
from app.adapters.keeper import Papers
from app.adapters.processes import ROOT, FileLock, python

__all__ = [
    "LocalServerFailed",
    "answers",
    "free_port",
    "leave",
    "machine_id",
    "start_postgres",
    "start_stand_in",
    "start_valkey",
]
PATIENCE = 60.0
_joined: dict[tuple[Path, str], FileLock] = {}
# Kept so that a keeper's handle is never thrown away while it runs; it outlives us anyway.
_keepers: list[subprocess.Popen[bytes]] = []


class LocalServerFailed(RuntimeError):
    """An embedded server did not start; the message says why."""


def start_postgres(home: Path, database: str = "boxwright") -> str:
    """Start (or join) the embedded PostgreSQL and return the address of a database in it."""
    url = _join(home, "postgres", _postgres_answers)
    _ensure_database(url, database)
    return url.replace("/postgres?", f"/{database}?")


def start_valkey(home: Path) -> str:
    """Start (or join) the embedded Valkey and return its address."""
    return _join(home, "valkey", answers)


def start_stand_in(home: Path, port: int = 0) -> str:
    """Start (or join) the payment stand-in, on `port` if that is free; return its address."""
    _spare_the_proxy()
    return _join(home, "stand-in", is_up, port)


def leave(home: Path) -> None:
    """Stop using the servers of a folder, and wait until those that nobody uses have ended."""
    mine = [key for key in _joined if key[0] == home.resolve()]
    for key in mine:
        _joined.pop(key).close()
    give_up = time.monotonic() + PATIENCE
    for papers in (Papers(*key) for key in mine):
        while _is_kept(papers) and not _has_users(papers) and time.monotonic() < give_up:
            time.sleep(0.1)


def answers(url: str) -> bool:
    """Say whether a Valkey or Redis server answers at an address."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (RedisError, ValueError):
        return False


def machine_id() -> str:
    """Return a short name for this process in logs and leases."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _join(home: Path, kind: str, is_ready: Callable[[str], bool], port: int = 0) -> str:
    home = home.resolve()
    papers = Papers(home, kind)
    _claim(home, papers)
    keeper: subprocess.Popen[bytes] | None = None
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if not _is_kept(papers) and (keeper is None or keeper.poll() is not None):
            if keeper is not None and keeper.returncode:
                break
            keeper = _start_keeper(papers, port)
        address = _address(papers)
        if address and is_ready(address["url"]):
            _tell(address["note"])
            return str(address["url"])
        time.sleep(0.05)
    raise LocalServerFailed(f"{kind} did not start: {_last_words(papers)}")


def _spare_the_proxy() -> None:
    """Have this process and its children talk to this machine directly."""
    spared = os.environ.get("NO_PROXY", os.environ.get("no_proxy", ""))
    if "127.0.0.1" not in spared:
        os.environ["NO_PROXY"] = ",".join(filter(None, (spared, "127.0.0.1", "localhost")))
        os.environ["no_proxy"] = os.environ["NO_PROXY"]


def _claim(home: Path, papers: Papers) -> None:
    """Become a user, for as long as this process lives."""
    if (home, papers.kind) in _joined:
        return
    try:
        lock = FileLock(papers.users)
    except PermissionError as error:
        raise LocalServerFailed(
            f"the folder {home} belongs to another user; set BOXWRIGHT_HOME to one of your own"
        ) from error
    lock.share()
    _joined[home, papers.kind] = lock


def _is_kept(papers: Papers) -> bool:
    return _is_locked(papers.keeper)


def _has_users(papers: Papers) -> bool:
    return _is_locked(papers.users)


def _is_locked(path: Path) -> bool:
    lock = FileLock(path)
    try:
        return not lock.take()
    finally:
        lock.close()


def _start_keeper(papers: Papers, port: int) -> subprocess.Popen[bytes]:
    with papers.log.open("ab") as log:
        keeper = subprocess.Popen(
            python("app.adapters.keeper", papers.kind, str(papers.home), str(port)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _keepers.append(keeper)
    return keeper


def _address(papers: Papers) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads(papers.address.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def _tell(note: str) -> None:
    if note:
        sys.stderr.write(f"{note}\n")


def _last_words(papers: Papers) -> str:
    lines = papers.log.read_text(errors="replace").splitlines()[-6:] if papers.log.exists() else []
    return " / ".join(lines) or "it said nothing"


def _postgres_answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _ensure_database(url: str, database: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,))
        if found.fetchone() is None:
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # somebody was faster
