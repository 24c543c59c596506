"""``ecgpage score-digitisation`` on folders of WFDB records."""

from __future__ import annotations

import json

import numpy as np
import pytest
import wfdb
from click.testing import CliRunner

from ecgpage.cli.commands.score_digitisation import command
from ecgpage.values import LEADS

RATE_HZ = 100


def write(folder, name, signal_mv, rate_hz=RATE_HZ):
    folder.mkdir(parents=True, exist_ok=True)
    wfdb.wrsamp(
        name, fs=rate_hz, units=["mV"] * 12, sig_name=list(LEADS), p_signal=signal_mv.T,
        fmt=["16"] * 12, write_dir=str(folder),
    )  # fmt: skip


def signals(seed):
    time = np.arange(10 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(seed)
    shape = np.exp(-(((time % 0.8) - 0.4) ** 2) / 0.001) + 0.1 * np.sin(2 * np.pi * 0.21 * time)
    return rng.uniform(0.5, 1.5, (12, 1)) * shape


@pytest.fixture
def folders(tmp_path):
    """Four true records; one estimate is close, one at another rate, one absent, one damaged."""
    truth, found = tmp_path / "truth", tmp_path / "found" / "deeper"
    for number in range(4):
        write(truth, f"r{number}", signals(number))
    noise = np.random.default_rng(9).normal(0, 0.02, (12, 1000))
    write(found, "r0", signals(0) + noise)
    write(found, "r1", signals(1), rate_hz=250)
    write(found, "r3", signals(3))
    (found / "r3.dat").write_bytes(b"")
    write(found, "stranger", signals(5))
    return truth, found.parent


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_scores_every_record_and_names_each_failure(folders, tmp_path):
    truth, found = folders
    result = run(truth, found, "--json", tmp_path / "s.json", "--jobs", 1, "--pages")
    assert result.exit_code == 1, result.output
    scores = json.loads((tmp_path / "s.json").read_text())
    failures = {page["name"]: page["failure"] for page in scores["pages"]}
    assert failures["r0"] is None
    assert failures["r1"]["code"] == "rate-differs"
    assert failures["r2"]["code"] == "no-estimate"
    assert failures["r3"]["code"] == "unreadable-record"
    summary = scores["summary"]
    assert (summary["pages"], summary["failures"]) == (4, 3)
    first = next(page for page in scores["pages"] if page["name"] == "r0")
    assert first["challenge_snr_db"] > 15
    assert summary["challenge_snr_db"] == pytest.approx(first["challenge_snr_db"] / 4)
    assert summary["kaggle_snr_db"] == pytest.approx(first["kaggle_snr_db"] / 4)
    assert summary["coverage"] == pytest.approx(0.25)
    assert scores["estimates_without_truth"] == ["stranger"]
    assert "r2: there is no estimate" in result.output


def test_layout_masks_the_truth(folders, tmp_path):
    truth, _ = folders
    masked = np.full((12, 1000), np.nan)
    for row in range(12):
        part = slice(row // 3 * 250, (row // 3 + 1) * 250)
        masked[row, part] = signals(0)[row, part] + 0.01 * np.sin(np.arange(250))
    write(tmp_path / "short", "r0", masked)
    (tmp_path / "one").mkdir()
    for suffix in ("hea", "dat"):
        (tmp_path / "one" / f"r0.{suffix}").write_bytes((truth / f"r0.{suffix}").read_bytes())
    whole = run(tmp_path / "one", tmp_path / "short", "--json", tmp_path / "a.json", "--jobs", 1)
    shown = run(
        tmp_path / "one", tmp_path / "short", "--layout", "3x4", "--json", tmp_path / "b.json",
        "--jobs", 1,
    )  # fmt: skip
    assert (whole.exit_code, shown.exit_code) == (0, 0), shown.output
    a, b = (json.loads((tmp_path / name).read_text())["summary"] for name in ("a.json", "b.json"))
    assert a["coverage"] == pytest.approx(0.25)
    assert b["coverage"] == 1.0
    assert b["challenge_snr_db"] > 20 > a["challenge_snr_db"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nowhere", "found"], "the folder does not exist"),
        (["empty", "found"], "the folder holds no record"),
        (["truth", "found", "--layout", "5x5"], "the layout '5x5' is not known"),
    ],
)
def test_wrong_use_is_named(folders, tmp_path, arguments, what):
    (tmp_path / "empty").mkdir()
    places = [tmp_path / name for name in arguments[:2]]
    result = run(*places, *arguments[2:], "--jobs", 1)
    assert result.exception.exit_code == 2
    assert result.exception.refusal.what == what


@pytest.mark.data
def test_photos_truth_against_itself_is_perfect(data_dir, tmp_path):
    photos = data_dir / "photos"
    one = tmp_path / "one"
    one.mkdir()
    header = sorted(photos.rglob("*.hea"))[0]
    for file in header.parent.glob(f"{header.stem}.*"):
        if file.suffix in (".hea", ".dat"):
            (one / file.name).write_bytes(file.read_bytes())
    result = run(one, one, "--json", tmp_path / "s.json", "--jobs", 1)
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "s.json").read_text())["summary"]
    assert summary["challenge_snr_db"] is None
    assert summary["kaggle_snr_db"] == pytest.approx(25.8433, abs=1e-3)
    assert summary["coverage"] == 1.0
