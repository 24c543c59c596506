"""The whole set of malformed files among good pages, and a full disk, through the program."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audit.planted import drawn_page
from learn.small_model import write_small_model
from read import malformed

SLOW_ONES = ("inflates.pdf", "objects.pdf")
"""Take seconds each; the reader's own tests have them."""


def ecgpage(*arguments: object, cwd: Path, limit_bytes: int = 0) -> tuple[int, str, str]:
    """Run the program, where asked with no file growing beyond a limit; code, output, errors."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes},) * 2); "
    program = (limit if limit_bytes else "") + "from ecgpage.cli import main; main()"
    env = os.environ | {
        "OMP_NUM_THREADS": "1", "ECGPAGE_CACHE": str(cwd / "cache"), "COLUMNS": "200",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env=env, timeout=500, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good pages of two classes, every malformed file, a manifest of all, and a model."""
    folder = tmp_path_factory.mktemp("faulty")
    rows = []
    for number in range(24):
        small = Image.fromarray(drawn_page(number)).resize((498, 354), Image.Resampling.LANCZOS)
        label = ("Normal", "Abnormal")[number % 2]
        (folder / "pages").mkdir(exist_ok=True)
        small.save(folder / "pages" / f"{number:02d}-good.png")
        rows.append([f"pages/{number:02d}-good.png", label])
    made = malformed.build(folder / "pages")
    for name in SLOW_ONES:
        (folder / "pages" / name).unlink()
    for number, path in enumerate(sorted(made)):
        if Path(path).name not in SLOW_ONES:
            rows.append([f"pages/{Path(path).name}", ("Normal", "Abnormal")[number % 2]])
    with (folder / "pages.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["path", "label"], *rows])
    write_small_model(folder / "model")
    return folder


def expected(names: Iterator[str] | None = None) -> dict[str, str]:
    """What is said of each malformed file that this user cannot read."""
    from ecgpage.read import FAULTS

    entries = [entry for entry in malformed.MALFORMED if entry.name not in SLOW_ONES]
    if os.geteuid() == 0:
        entries = [entry for entry in entries if entry.name != "forbidden.png"]
    return {entry.name: FAULTS[entry.code].what for entry in entries}


COMMANDS = {
    "browse": ["browse", "pages.csv", "--out", "c.html", "--jobs", 2],
    "audit": ["audit", "pages.csv", "--json", "a.json", "--jobs", 2],
    "prelabel": ["prelabel", "pages.csv", "--csv", "l.csv", "--jobs", 2],
    "train": ["train", "pages.csv", "--out", "trained", "--network", "seed", "--epochs", 1,
              "--seed", 1, "--set", "test_fraction=0"],
    "predict": ["predict", "model", "pages.csv", "--csv", "p.csv", "--jobs", 2],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_batch_goes_on_past_every_fault(place: Path, command: str) -> None:
    code, out, err = ecgpage(*COMMANDS[command], cwd=place)
    assert code == 1, (out, err)
    lines = (out + err).splitlines()
    silent = {
        name: what for name, what in expected().items()
        if not any(name in line and what in line for line in lines)
    }  # fmt: skip
    if command == "predict":  # names the first in the terminal, all in the table
        with (place / "p.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        errors = {Path(row["path"]).name: row["error"] for row in rows if row["error"]}
        silent = {name: what for name, what in expected().items()
                  if what not in errors.get(name, "")}  # fmt: skip
        good = [row for row in rows if not row["error"]]
        assert sum("good" in row["path"] for row in good) == 24
    assert not silent
    written = {"browse": "c.html", "audit": "a.json", "prelabel": "l.csv",
               "train": "trained/model.onnx", "predict": "p.csv"}[command]  # fmt: skip
    assert (place / written).stat().st_size > 0
    assert "unexpected" not in err
    assert "an error in the program" not in err


FULL = {
    "predict": ["predict", "model", "good.csv", "--csv", "{out}/p.csv", "--jobs", 1],
    "audit": ["audit", "good.csv", "--json", "{out}/a.json", "--html", "{out}/a.html"],
    "browse": ["browse", "good.csv", "--out", "{out}/c.html", "--jobs", 1],
    "prelabel": ["prelabel", "good.csv", "--store", "{out}/labels.sqlite"],
    "train": ["train", "good.csv", "--out", "{out}/trained", "--network", "seed", "--epochs", 1,
              "--seed", 1, "--set", "test_fraction=0"],
}  # fmt: skip


def write_good(place: Path) -> None:
    lines = (place / "pages.csv").read_text().splitlines()
    (place / "good.csv").write_text("\n".join(lines[:25]) + "\n")


def check_told(code: int, out: str, err: str, folder: Path) -> None:
    """There is no room, said in words; nothing but the book of what is done was left."""
    assert code in (1, 2), (out, err)
    assert "there is no room left to write" in err
    assert "run the same command again" in err
    left = [p.name for p in folder.rglob("*") if p.is_file() and "sqlite" not in p.name]
    kept = [name for name in left if name not in ("state.npz", "history.csv", "run.json")]
    assert kept == [], left


@pytest.mark.slow
@pytest.mark.parametrize("command", FULL)
def test_a_full_disk_is_told_and_leaves_nothing_half_written(place: Path, command: str) -> None:
    """A file system of its own, smaller than the result."""
    write_good(place)
    folder = place / f"full-{command}"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a small file system of its own needs the right to mount")
    size = "40k" if command != "train" else "400k"
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        (folder / "filler").write_bytes(bytes(36 * 1024))
        code, out, err = ecgpage(*(str(a).format(out=folder) for a in FULL[command]), cwd=place)
        (folder / "filler").unlink()
        check_told(code, out, err, folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["audit", "browse", "train"])
def test_a_file_that_may_not_grow_is_told(place: Path, command: str) -> None:
    """The same where nobody may mount: no file may become larger than a few kilobytes."""
    write_good(place)
    folder = place / f"limited-{command}"
    folder.mkdir()
    arguments = (str(a).format(out=folder) for a in FULL[command])
    code, out, err = ecgpage(*arguments, cwd=place, limit_bytes=4096)
    check_told(code, out, err, folder)


def test_the_cache_goes_on_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecgpage.learn import Preprocessing
    from ecgpage.learn.pipeline_cache import PageCache

    cache = PageCache(tmp_path, Preprocessing(height=16, width=16))
    page = np.zeros((16, 16), np.uint8)
    assert cache.save("a" * 32, page)

    def full(self: Path, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert not cache.save("b" * 32, page)
    monkeypatch.undo()
    assert cache.load("b" * 32) is None
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith(".part")]
