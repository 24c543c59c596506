"""What Dask costs beside plain processes, and whether a client's memory grows with its list.

    python benchmarks/archive_throughput.py speed PAGES... [--model MODEL] [--rounds 3]
    python benchmarks/archive_throughput.py memory [--entries 5000 100000]

``speed``: the same pages through two processes and through two Dask workers of one thread each, in
turn, several rounds, through ``predict`` with a model and through ``audit`` without one; the time
from the tenth answer to the last, so that starting is left out. Prints each round, and the median
of the ratios of pages a second.

``memory``: a list in Parquet of so many entries (links to 500 files) through two Dask workers, with
a look that costs next to nothing; prints the highest resident memory of the client, of the
scheduler and of a worker, how many entries a second the client settles, and what they cost it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_costs import peak_mib

from ecgpage import work
from ecgpage.flows.archive import ArchiveRequest, work_through
from ecgpage.flows.archive_looks import AuditLook, open_predict_look
from ecgpage.flows.archive_page import OnePage
from ecgpage.read import find_files
from ecgpage.values import PageTask

HERE = Path(__file__).resolve()
FILES = 500


@dataclass(frozen=True, slots=True)
class CheapLook(AuditLook):
    """A row without looking: what is left is what the archive itself costs."""

    def __call__(self, place: str, digest: str) -> dict[str, Any]:  # noqa: ARG002
        """The same row for every page."""
        return {"rows": {"traits": [{"width_px": 1}]}}


def start(*words: str) -> subprocess.Popen[bytes]:
    """A process of Dask's command line, quiet."""
    env = os.environ | {
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words], stdout=quiet, stderr=quiet, env=env
    )


@contextmanager
def stack(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and two workers on loopback: its address, and their processes."""
    file = folder / "scheduler.json"
    place = ("--host", "127.0.0.1", "--scheduler-file", str(file))
    started = [start("scheduler", *place, "--port", "0", "--dashboard-address", "127.0.0.1:0")]
    while not file.exists():
        time.sleep(0.1)
    started += [
        start("worker", "--scheduler-file", str(file), "--host", "127.0.0.1", "--nthreads", "1",
              "--no-nanny", "--no-dashboard", "--memory-limit", "0",
              "--local-directory", str(folder))
        for _ in range(2)
    ]  # fmt: skip
    from distributed import Client

    address = str(json.loads(file.read_text())["address"])
    try:
        with Client(address, set_as_default=False) as asking:
            asking.wait_for_workers(2)
        yield address, [process.pid for process in started]
    finally:
        for process in reversed(started):  # workers first: they say goodbye to the scheduler
            process.terminate()
            process.wait()


def speed(pages: list[str], model: Path | None, rounds: int) -> None:
    """Both engines in turn."""
    function = OnePage(open_predict_look(model) if model else AuditLook())
    tasks = [PageTask(number, path, 1, True) for number, path in enumerate(pages)]
    ratios = []
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as (address, _):
        ways: dict[str, Callable[[], Any]] = {
            "processes": lambda: timed(function, tasks, jobs=2),
            "dask": lambda: timed(function, tasks, engine=work.cluster(address)),
        }
        for number in range(rounds):
            order = list(ways) if number % 2 == 0 else list(ways)[::-1]
            rates = {name: ways[name]() for name in order}
            ratios.append(rates["dask"] / rates["processes"])
            said = ", ".join(f"{name} {rate:.2f} pages/s" for name, rate in rates.items())
            print(f"round {number + 1}: {said}, ratio {ratios[-1]:.3f}", flush=True)
    print(f"{len(pages)} pages, median ratio {statistics.median(ratios):.3f}")


def timed(function: OnePage, tasks: list[PageTask], **how: Any) -> float:
    """Pages a second between the tenth answer and the last."""
    count, begun_s = 0, 0.0
    for outcome in work.run(function, tasks, key=lambda task: task.place, ordered=False, **how):
        assert outcome.value is not None, outcome.refusal
        count += 1
        if count == 10:
            begun_s = time.perf_counter()
    return (count - 10) / (time.perf_counter() - begun_s)


def memory(entries: list[int]) -> None:
    """Each list in a client of its own."""
    for count in entries:
        with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as (address, others):
            write_list(Path(folder), count)
            words = [sys.executable, str(HERE), "client", folder, address]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            assert told["done"] == count
            print(
                f"{count} entries: client {told['peak_mib']:.0f} MiB, scheduler "
                f"{peak_mib(others[0]):.0f} MiB, worker {peak_mib(others[1]):.0f} MiB, "
                f"{count / told['seconds']:.0f} entries/s, processor time an entry: client "
                f"{1000 * told['cpu'] / count:.1f} ms, scheduler "
                f"{1000 * cpu_seconds(others[0]) / count:.1f} ms",
                flush=True,
            )


def write_list(folder: Path, count: int) -> None:
    """Names of links to a few files, each name once."""
    import pyarrow
    from pyarrow import parquet

    (folder / "files").mkdir()
    for number in range(FILES):
        (folder / "files" / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + os.urandom(2000))
    names = []
    for number in range(count):
        place = folder / "links" / str(number // 1000)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.jpg").symlink_to(folder / "files" / f"{number % FILES}.jpg")
        names.append(f"links/{number // 1000}/{number}.jpg")
    parquet.write_table(pyarrow.table({"path": names}), folder / "list.parquet")


def client(folder: Path, address: str) -> None:
    """One run, in this process, with what it took."""
    from archive_throughput import CheapLook as Look

    begun_s = time.perf_counter()
    request = ArchiveRequest(
        (str(folder / "list.parquet"),), str(folder / "out"), str(folder / "ledger.sqlite"),
        means=work.Means(dask=address),
    )  # fmt: skip
    told = work_through(request, Look())
    seconds = time.perf_counter() - begun_s
    figures = {"done": told.count.done, "peak_mib": peak_mib(os.getpid()), "seconds": seconds}
    print(json.dumps(figures | {"cpu": time.process_time()}))


def cpu_seconds(process: int) -> float:
    """Processor time of another process (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    fast = kinds.add_parser("speed")
    fast.add_argument("pages", nargs="+")
    fast.add_argument("--model", type=Path)
    fast.add_argument("--rounds", type=int, default=3)
    fast.add_argument("--most", type=int, default=200)
    large = kinds.add_parser("memory")
    large.add_argument("--entries", type=int, nargs="+", default=[5_000, 100_000])
    inner = kinds.add_parser("client")
    inner.add_argument("folder", type=Path)
    inner.add_argument("address")
    asked = parser.parse_args()
    if asked.kind == "speed":
        found = sorted(find_files(asked.pages))
        pages = (found * (asked.most // len(found) + 1))[: asked.most]
        speed(pages, asked.model, asked.rounds)
    elif asked.kind == "memory":
        memory(asked.entries)
    else:
        client(asked.folder, asked.address)


if __name__ == "__main__":
    main()
