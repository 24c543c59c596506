"""The whole archive on loopback: Dask, PostgreSQL and S3, with pages and processes that die.

``ECGPAGE_ARCHIVE_PAGES`` sets how many pages go through; ``benchmarks/archive_exactly_once.py``
runs this with 5,000.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from archive_job import ACTS
from archive_stack import Bucket, Scheduler, environment
from ecgpage.flows.archive import states
from ecgpage.store import RunState
from learn.small_model import write_small_model

PAGES = int(os.environ.get("ECGPAGE_ARCHIVE_PAGES", "150"))
PATIENCE_S = 60 + PAGES

pytestmark = [pytest.mark.slow, pytest.mark.cluster, pytest.mark.postgres]


@dataclass(frozen=True)
class Planted:
    """What lies in the bucket: each page's file, and the code that it must be refused with."""

    url: str
    codes: dict[str, str | None]


def plant(bucket: Bucket, pages: int, seed: int) -> Planted:
    """Put pages into the bucket: renders with a wear of their own, some broken, some deadly.

    One in fifty is broken (empty, cut, or no picture), one in two hundred ends or blocks its
    process; at least one of each kind.
    """
    import s3fs

    from ecgpage import render

    rng = np.random.default_rng(seed)
    drawn = [page.page.image for page, _ in render.demo_pages(12, seed)]
    files: dict[str, bytes] = {}
    codes: dict[str, str | None] = {}
    broken = [b"", b"<html>log in</html>", b"\x89PNG\r\n\x1a\nnothing more"]
    said = ["empty-file", "html-not-image", "truncated-image"]
    acts = [mark for mark in ACTS for _ in range(max(1, pages // 1000))]
    faults = max(3, pages // 50)
    for number in range(pages):
        name = f"ward-{number % 7}/{number:06d}.jpg"
        data, code = _worn(drawn[number % len(drawn)], rng), None
        if number >= pages - faults:
            data, code = broken[number % 3], said[number % 3]
        elif number >= pages - faults - len(acts):
            mark = acts[number - (pages - faults - len(acts))]
            data, code = data + mark, ACTS[mark]
        files[name], codes[f"{bucket.url}/scans/{name}"] = data, code
    order = list(files)
    rng.shuffle(order)  # names do not tell; broken and deadly ones lie anywhere
    names = dict(zip(files, order, strict=True))
    store = s3fs.S3FileSystem()
    batch = {f"archive/scans/{names[name]}": data for name, data in files.items()}
    for start in range(0, pages, 500):
        store.pipe(dict(list(batch.items())[start : start + 500]))
    told = {
        f"{bucket.url}/scans/{names[name]}": codes[f"{bucket.url}/scans/{name}"] for name in files
    }
    assert len({data for data in files.values() if data not in broken}) == pages - faults
    return Planted(f"{bucket.url}/scans", told)


def _worn(image: Any, rng: np.random.Generator) -> bytes:
    """A page as another scanner would have given it: smaller, darker, with noise."""
    width = int(rng.integers(300, 360))
    height = round(image.shape[0] * width / image.shape[1])
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = small * rng.uniform(0.8, 1.0) + rng.normal(0, 2, small.shape)
    bgr = np.clip(small, 0, 255).astype(np.uint8)[..., ::-1]
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])[1])


def client(asked: dict[str, Any], env: dict[str, str], log: Path) -> subprocess.Popen[str]:
    """Start a run in a process of its own."""
    command = [sys.executable, "-c", "import archive_job; archive_job.main()"]
    with log.open("ab") as words:
        started = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, env=env, text=True
        )
    assert started.stdin is not None
    started.stdin.write(json.dumps(asked))
    started.stdin.close()
    return started


def finish(started: subprocess.Popen[str], log: Path) -> list[int]:
    """Wait for a run; pages, done, refused, worked on."""
    started.wait(PATIENCE_S)
    assert started.stdout is not None
    said = started.stdout.read()
    assert started.returncode == 0, log.read_text()
    counts: list[int] = json.loads(said)
    return counts


def wait_until(ledger: str, run: str, settled: int, started: subprocess.Popen[str]) -> RunState:
    """Follow a run from outside until so many pages are settled."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        found = [state for state in states(ledger, None) if state.name == run]
        if found and found[0].settled >= settled:
            return found[0]
        assert started.poll() is None, "the run ended early"
        time.sleep(0.2)
    raise AssertionError("the run does not get on")


def rows(place: str, table: str) -> list[dict[str, Any]]:
    """All rows of a table, from a folder or the bucket."""
    import pyarrow.dataset
    import s3fs

    store = s3fs.S3FileSystem() if place.startswith("s3://") else None
    folder = f"{place.removeprefix('s3://')}/{table}"
    found: list[dict[str, Any]] = (
        pyarrow.dataset.dataset(folder, filesystem=store, partitioning="hive")
        .to_table()
        .to_pylist()
    )
    return found


def files(place: str) -> dict[str, bytes]:
    """Every file below a place, by its name within."""
    import fsspec

    store, folder = fsspec.core.url_to_fs(place, use_listings_cache=False)
    return {name.removeprefix(folder): store.cat_file(name) for name in sorted(store.find(folder))}


def test_every_page_once_whatever_is_killed(
    bucket: Bucket, scheduler: Scheduler, postgres_url: str, tmp_path: Path
) -> None:
    begun_s = time.monotonic()
    planted = plant(bucket, PAGES, 11)
    write_small_model(tmp_path / "model")
    log = tmp_path / "client.log"
    limits = {"limit_s": 20.0, "limit_mb": 700.0}
    asked = {
        "paths": [planted.url], "parquet": f"{bucket.url}/results", "ledger": postgres_url,
        "run": "night", "model": str(tmp_path / "model"), "part_pages": max(20, PAGES // 20),
        "means": {"dask": scheduler.address, **limits},
    }  # fmt: skip
    planted_s = time.monotonic() - begun_s

    first = client(asked, bucket.env, log)
    wait_until(postgres_url, "night", PAGES // 3, first)
    os.killpg(scheduler.workers[0].pid, signal.SIGKILL)
    state = wait_until(postgres_url, "night", PAGES // 2, first)
    assert state.state == "running"
    assert state.dashboard.startswith("http://127.0.0.1:")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert first.stdout is not None
    first.stdout.close()
    killed_s = time.monotonic() - begun_s

    scheduler.add_worker()
    second = client(asked, bucket.env, log)
    pages, done, refused, worked = finish(second, log)
    cluster_s = time.monotonic() - begun_s - planted_s
    bad = {path: code for path, code in planted.codes.items() if code}
    assert (pages, done, refused) == (PAGES, PAGES - len(bad), len(bad))
    assert worked < PAGES - PAGES // 3

    results = f"{bucket.url}/results"
    predicted, refusals = rows(results, "predictions"), rows(results, "refusals")
    assert Counter(row["path"] for row in predicted + refusals) == Counter(list(planted.codes))
    assert {row["path"]: row["code"] for row in refusals} == bad
    assert all(row["what"] and row["received"] and row["todo"] for row in refusals)
    assert Counter(row["path"] for row in rows(results, "provenance")) == Counter(
        list(planted.codes)
    )

    alone_s = time.monotonic()
    alone = dict(asked, parquet=str(tmp_path / "alone"), ledger=str(tmp_path / "alone.sqlite"),
                 means={"jobs": 2, **limits})  # fmt: skip
    assert finish(client(alone, bucket.env, log), log)[:3] == [pages, done, refused]
    alone_s = time.monotonic() - alone_s
    there = sorted(rows(str(tmp_path / "alone"), "refusals"), key=lambda row: row["path"])
    assert sorted(refusals, key=lambda row: row["path"]) == there
    assert files(results) == files(str(tmp_path / "alone"))

    third = client(asked, bucket.env, log)
    before = files(results)
    assert finish(third, log) == [pages, done, refused, 0]
    assert files(results) == before
    report = {
        "pages": pages, "done": done, "refused": Counter(row["code"] for row in refusals),
        "planted_s": round(planted_s), "killed_after_s": round(killed_s),
        "worked_after_the_kill": worked, "cluster_s": round(cluster_s), "alone_s": round(alone_s),
    }  # fmt: skip
    print("\n" + json.dumps(report))


def test_the_pieces_are_real(bucket: Bucket, scheduler: Scheduler) -> None:
    """Both workers have joined, and what they start reaches the bucket."""
    from distributed import Client

    with Client(scheduler.address, set_as_default=False) as asking:
        asking.wait_for_workers(2, timeout=60)
        assert len(asking.nthreads()) == 2
    assert environment(**bucket.env)["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
