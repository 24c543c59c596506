"""Real parts on loopback for archive tests: an S3 server, a Dask scheduler and its workers.

Each is a process of its own, gone when the tests end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from postgres_server import free_port

TESTS = Path(__file__).resolve().parent


def environment(**others: str) -> dict[str, str]:
    """What the processes of a stack are started with: this package, no credentials of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {
        "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "NO_PROXY": "127.0.0.1", **others,
    }  # fmt: skip


def start(command: list[str], log: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, with its words in a file."""
    with log.open("ab") as words:
        return subprocess.Popen(command, stdout=words, stderr=words, env=env, process_group=0)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class Bucket:
    """An S3 server with one empty bucket, and how programs reach it."""

    url: str
    env: dict[str, str]


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Moto's server on loopback."""
    pytest.importorskip("moto", reason="install it with: pip install 'moto[s3]' flask flask-cors")
    pytest.importorskip("s3fs", reason="install it with: pip install 'ecgpage[archive]'")
    port, folder = free_port(), tmp_path_factory.mktemp("s3")
    keys = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = start(command, folder / "log", environment())
    before = {name: os.environ.get(name) for name in keys}
    os.environ.update(keys)
    try:
        wait_for(lambda: _answers(keys["AWS_ENDPOINT_URL"]), "the S3 server", folder / "log")
        import s3fs

        s3fs.S3FileSystem().mkdir("archive")
        yield Bucket("s3://archive", environment(**keys))
    finally:
        stop(server)
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@dataclass
class Scheduler:
    """A Dask scheduler and its workers, each worker a process of one thread."""

    address: str
    folder: Path
    env: dict[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start one more."""
        command = [sys.executable, "-m", "dask", "worker", self.address, "--host", "127.0.0.1",
                   "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0",
                   "--local-directory", str(self.folder)]  # fmt: skip
        worker = start(command, self.folder / "workers.log", self.env)
        self.workers.append(worker)
        return worker


@pytest.fixture
def scheduler(bucket: Bucket, tmp_path: Path) -> Iterator[Scheduler]:
    """A scheduler with two workers that reach the bucket."""
    pytest.importorskip("distributed", reason="install it with: pip install 'ecgpage[archive]'")
    port = free_port()
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1",
               "--port", str(port), "--dashboard-address", "127.0.0.1:0"]  # fmt: skip
    process = start(command, tmp_path / "scheduler.log", bucket.env)
    stack = Scheduler(f"tcp://127.0.0.1:{port}", tmp_path, bucket.env)
    try:
        for _ in range(2):
            stack.add_worker()
        yield stack
    finally:
        for worker in stack.workers:
            stop(worker)
        stop(process)


def wait_for(ready: object, what: str, log: Path, seconds: float = 60) -> None:
    """Wait until a call gives something true."""
    assert callable(ready)
    end_s = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end_s, f"{what} does not answer:\n{log.read_text()}"
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
