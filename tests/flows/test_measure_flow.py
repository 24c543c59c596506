"""``ecgpage measure`` as scripts outside rely on it: keys, exit codes, reports, going on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import pytest

from ecgpage import render
from ecgpage.flows.measure import MeasureRequest, find_tasks, measure_paths
from ecgpage.values import LEADS, Record
from ecgpage.values.wfdb_file import write_wfdb

MEASUREMENT = {"name", "lead", "value", "unit", "confidence", "reason"}


@pytest.fixture(scope="module")
def record() -> Record:
    return render.simulate("normal", 3)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, record: Record) -> Path:
    """A WFDB record, the page that it makes, and a broken picture."""
    folder = tmp_path_factory.mktemp("measure")
    write_wfdb(record, folder, "wfdb")
    page = render.render_record(record, render.PageStyle()).page
    cv2.imwrite(str(folder / "page.png"), page.image[..., ::-1])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    return folder


@pytest.fixture(scope="module")
def lines(place: Path) -> dict[str, Any]:
    """One run of the program over all of it, by source."""
    command = [sys.executable, "-m", "ecgpage", "measure", "wfdb.hea", "page.png", "broken.png",
               "--json", "out/measured.jsonl", "--html", "out/html"]  # fmt: skip
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "broken.png" in done.stderr
    text = (place / "out" / "measured.jsonl").read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.splitlines()]
    return {one["source"]: one for one in found}


@pytest.mark.slow
@pytest.mark.parametrize("source", ["wfdb.hea", "page.png"])
def test_one_object_a_line_with_the_contracts_keys(lines: dict[str, Any], source: str) -> None:
    assert set(lines) == {"wfdb.hea", "page.png"}
    line = lines[source]
    assert set(line) == {"source", "fs_hz", "waves", "measurements", "findings", "verdict"}
    assert line["fs_hz"] == 500
    for wave in line["waves"]:
        assert set(wave) == {"lead", "wave", "onset_s", "peak_s", "offset_s"}
        assert wave["wave"] in ("P", "QRS", "T")
    assert set(LEADS) <= {wave["lead"] for wave in line["waves"]}
    for one in line["measurements"]:
        assert set(one) == MEASUREMENT
        assert (one["value"] is None) == bool(one["reason"])
    for one in line["findings"]:
        assert set(one) == {"statement", "evidence"}
    assert set(line["verdict"]) == {"label", "score", "t_wave_score"}
    assert line["verdict"]["label"] in ("Normal", "Abnormal")
    assert 0 <= line["verdict"]["score"] <= 1
    assert 0 <= line["verdict"]["t_wave_score"] <= 1


@pytest.mark.slow
def test_the_page_says_what_the_record_says(lines: dict[str, Any]) -> None:
    def over_all(source: str, name: str) -> float:
        found = [m for m in lines[source]["measurements"] if m["name"] == name and not m["lead"]]
        return float(found[0]["value"])

    for name, most in (("heart_rate_bpm", 1), ("qt_ms", 24), ("qrs_ms", 16), ("pr_ms", 20)):
        both = over_all("page.png", name), over_all("wfdb.hea", name)
        assert both[0] == pytest.approx(both[1], abs=most), name


@pytest.mark.slow
def test_a_report_of_each_stands_alone(place: Path, lines: dict[str, Any]) -> None:
    for stem in ("wfdb", "page"):
        text = (place / "out" / "html" / f"{stem}.html").read_text(encoding="utf-8")
        assert "Not for clinical use" in text
        assert "QTc (Fridericia)" in text
        assert 'class="trace"' in text
        assert 'src="http' not in text
        assert ("The traces found" in text) == (stem == "page")
    assert "seen for 2.5 s each" in (place / "out" / "html" / "page.html").read_text()


@pytest.mark.slow
def test_a_second_run_takes_what_is_done(
    place: Path, lines: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecgpage import measure

    def never(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.chdir(place)
    monkeypatch.setattr(measure, "measure_record", never)
    again = measure_paths(
        MeasureRequest(("wfdb.hea",), Path("out/measured.jsonl"), Path("out/html"))
    )
    assert again.refusals == []
    kept = json.loads(Path("out/measured.jsonl").read_text())
    assert kept["verdict"] == lines["wfdb.hea"]["verdict"]


def test_records_and_pages_are_found_behind_the_same_folder(place: Path) -> None:
    request = MeasureRequest((str(place),), place / "none.jsonl")
    found = {(Path(task.path).name, task.is_record) for task in find_tasks(request)}
    assert found == {("wfdb.hea", True), ("page.png", False), ("broken.png", False)}
    one = MeasureRequest((str(place / "wfdb"), str(place / "wfdb.dat")), place / "none.jsonl")
    assert [task.is_record for task in find_tasks(one)] == [True]


def test_age_and_sex_given_do_not_overrule_the_record(record: Record) -> None:
    from ecgpage import measure

    notes = measure.person_notes(70, "female")
    unknown = replace(record, notes={})
    assert measure.with_notes(unknown, notes).notes == {"age": "70", "sex": "female"}
    known = replace(record, notes={"age": "30"})
    assert measure.with_notes(known, notes).notes == {"age": "30", "sex": "female"}
