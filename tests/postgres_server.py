"""A real PostgreSQL server for tests, on loopback, gone when they end.

``postgres_url`` is the address of an empty database of its own for each test. Mark such tests
``postgres``; they skip where the server's programs are not installed.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

INSTALL = "apt-get install -y --no-install-recommends postgresql"
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
ATTEMPTS = 5


def server_programs() -> Path:
    """The newest folder that holds ``initdb`` and ``postgres``; skips where there is none."""
    folders = [p for pattern in PLACES for p in Path("/").glob(pattern.lstrip("/"))]
    found = [folder for folder in folders if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    if not found and on_path:
        found = [Path(on_path).resolve().parent]
    if not found:
        pytest.skip(f"PostgreSQL is not installed; install it with: {INSTALL}")
    return max(
        found, key=lambda folder: [int(n) for n in folder.parts[-2].split(".") if n.isdigit()]
    )


def server_user() -> str:
    """Who runs the server: this user, or ``postgres`` (``nobody``) for root, who may not."""
    if os.geteuid() != 0:
        return getpass.getuser()
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")


def free_port() -> int:
    """A port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_as(user: str) -> dict[str, object]:
    """Options of :mod:`subprocess` to become another user, where this one is root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def answers(programs: Path, port: int, server: subprocess.Popen[bytes]) -> bool:
    """Wait until the server takes connections; False where it ended instead."""
    command = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
    for _ in range(600):
        if server.poll() is not None:
            return False
        if subprocess.run(command, check=False).returncode == 0:
            return True
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    return False


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a server with an empty cluster; yields its address without a database."""
    pytest.importorskip("psycopg", reason="install it with: pip install 'ecgpage[postgres]'")
    programs, user = server_programs(), server_user()
    folder = Path(tempfile.mkdtemp(prefix="ecgpage-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    who = run_as(user)
    initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "ecgpage", "-A", "trust",
              "-E", "UTF8", "--locale=C", "--no-sync"]  # fmt: skip
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **who)  # type: ignore[call-overload]
    log = (folder / "log").open("wb")
    server = None
    try:
        for _ in range(ATTEMPTS):
            port = free_port()
            command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port),
                       "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]  # fmt: skip
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **who)  # type: ignore[call-overload]
            if answers(programs, port, server):
                break
        else:
            pytest.fail("PostgreSQL does not start:\n" + (folder / "log").read_text())
        yield f"postgresql+psycopg://ecgpage@127.0.0.1:{port}"
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            server.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a new, empty database."""
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    admin = postgres_server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{postgres_server}/{name}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
