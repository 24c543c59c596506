"""A light core: nothing heavy on import, and the core's commands without the extras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.planted import drawn_page
from learn.small_model import write_small_model

HEAVY = (
    "numpy", "cv2", "scipy", "sklearn", "pandas", "matplotlib", "PIL", "onnxruntime", "keras",
    "tensorflow", "torch", "jax", "optuna", "sqlalchemy", "wfdb", "pydicom", "fastapi", "uvicorn",
    "rich", "pydantic", "dask", "distributed", "fsspec", "s3fs", "pyarrow",
)  # fmt: skip

EXTRAS = {
    "train": ("keras", "tensorflow", "torch", "jax", "optuna", "onnx"),
    "web": ("fastapi", "starlette", "uvicorn", "cleanlab"),
    "postgres": ("psycopg", "psycopg2"),
    "archive": ("dask", "distributed", "fsspec", "s3fs", "gcsfs", "adlfs", "pyarrow", "bokeh"),
}
"""What must not be needed: the packages of each extra."""

BLOCKER = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def python(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, cwd=cwd, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def without(extras: tuple[str, ...], arguments: list[str], cwd: Path) -> tuple[int, str, str]:
    """Run the program where the packages of some extras cannot be imported."""
    blocked = tuple(name for extra in extras for name in EXTRAS[extra])
    program = BLOCKER.format(blocked=blocked) + (
        f"from ecgpage.cli import main\nsys.argv = ['ecgpage', *{arguments!r}]\nmain()\n"
    )
    done = python(program, cwd)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "program",
    [
        "import ecgpage",
        "from ecgpage.cli.main import group; group.list_commands(None)",
        "import click; from ecgpage.cli.main import group; c = click.Context(group); "
        "[group.get_command(c, name).get_help(c) for name in group.list_commands(c)]",
    ],
    ids=["the package", "the program", "every command's help"],
)
def test_nothing_heavy_is_loaded(tmp_path: Path, program: str) -> None:
    told = f"\nimport sys, json; print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    done = python(program + told, tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    allowed = {"numpy", "rich"} if "cli" in program else set()
    assert set(loaded) <= allowed


def write_pages(folder: Path) -> Path:
    """Class folders of a few drawn pages."""
    import cv2

    for number in range(4):
        place = folder / "pages" / ("Normal", "Abnormal")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{number}.png"), drawn_page(number))
    return folder / "pages"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "model", "pages", "--csv", "p.csv", "--jobs", "1"],
        ["audit", "pages", "--json", "a.json", "--jobs", "1"],
        ["browse", "pages", "--out", "c.html", "--jobs", "1"],
        ["prelabel", "pages", "--csv", "l.csv"],
        ["split", "pages", "--out", "s.csv", "--fractions", "0.5,0,0.5"],
        ["evaluate", "model", "pages", "--json", "r.json", "--skip-seed", "--part", "all",
         "--resamples", "10", "--jobs", "1"],
    ],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_core_commands_work_without_any_extra(tmp_path: Path, arguments: list[str]) -> None:
    write_small_model(tmp_path / "model")
    write_pages(tmp_path)
    code, out, err = without(tuple(EXTRAS), arguments, tmp_path)
    assert code == 0, (out, err)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("train", ["train", "pages", "--out", "m", "--epochs", "1", "--cache", "cache",
                   "--set", "validation_fraction=0.5", "--set", "test_fraction=0"]),
        ("train", ["tune", "pages", "--out", "best.toml", "--cache", "cache",
                   "--set", "validation_fraction=0.5", "--set", "test_fraction=0"]),
        ("archive", ["audit", "pages", "--json", "a.json", "--dask", "local"]),
        ("archive", ["audit", "pages", "--parquet", "m", "--ledger", "ledger.sqlite"]),
        ("archive", ["predict", "model", "s3://pages", "--csv", "m"]),
        ("postgres", ["prelabel", "pages", "--store", "postgresql://me@127.0.0.1:1/none"]),
    ],
    ids=["train", "tune", "cluster", "parquet", "address", "postgres"],
)  # fmt: skip
def test_a_missing_extra_gives_the_pip_command(
    tmp_path: Path, extra: str, arguments: list[str]
) -> None:
    write_pages(tmp_path)
    if "model" in arguments:
        write_small_model(tmp_path / "model")
    code, _, err = without((extra,), arguments, tmp_path)
    assert code == 2, err
    assert f"pip install 'ecgpage[{extra}]'" in err
    assert not (tmp_path / "m").exists()
