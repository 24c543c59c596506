"""``ecgpage audit`` and ``ecgpage split`` from the command line, on folders of planted twins."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from ecgpage.cli.commands.audit import command as audit_command
from ecgpage.cli.commands.split import command as split_command
from ecgpage.report.audit import audit_page
from ecgpage.values import Dataset, Finding, Item, WrongUse

from .planted import copies, drawn_page

PLANTED = (1, 4)
"""Pages of which every kind of copy is planted."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders of 22 recordings with the copies of two, three faults and a manifest."""
    root = tmp_path_factory.mktemp("audited") / "pages of somebody"
    rows = []
    rng = np.random.default_rng(5)
    for number in range(22):
        label = ("Normal", "Abnormal")[number % 2]
        pages = {f"{number:02d}.png": drawn_page(number)}
        if number in PLANTED:
            kinds = copies(pages[f"{number:02d}.png"], rng)
            pages |= {
                f"{number:02d}-{re.sub('[^a-z0-9]+', '-', how)}.png": image
                for how, image in kinds.items()
            }
        for name, image in pages.items():
            (root / label).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(root / label / name)
            rows.append([f"{label}/{name}", label, f"p{number // 2}", f"{number}"])
    (root / "Normal" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    Image.fromarray(np.full((400, 600, 3), 255, np.uint8)).save(root / "Normal" / "white.png")
    rows += [["Normal/cut.png", "Normal", "c", "c"], ["Normal/white.png", "Normal", "w", "w"]]
    with (root / "pages.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["path", "label", "patient", "recording"], *rows])
    return root


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(a) for a in arguments])  # type: ignore[arg-type]


def recording(key: str) -> str:
    """The number of the recording that a planted page shows."""
    return Path(key).stem.split("-")[0]


@pytest.mark.slow
def test_every_planted_twin_is_found_and_none_invented(folder: Path, tmp_path: Path) -> None:
    out, html = tmp_path / "audit.json", tmp_path / "audit.html"
    done = run(audit_command, folder, "--json", out, "--html", html, "--jobs", 1)
    assert done.exit_code == 1, done.output
    assert "cut.png: the picture ends early" in done.output
    assert f"Written: {out}" in done.output
    found = json.loads(out.read_text())
    assert (found["pages"], found["readable"]) == (46, 45)
    sets = [f["keys"] for f in found["findings"] if f["check"] == "near-duplicates"]
    assert sorted(len(keys) for keys in sets) == [12, 12]
    assert {frozenset(map(recording, keys)) for keys in sets} == {
        frozenset({f"{number:02d}"}) for number in PLANTED
    }
    assert not any(p["first"] == p["second"] for p in found["twins"])
    by_check = {f["check"]: f for f in found["findings"]}
    assert by_check["blank"]["keys"] == ["Normal/white.png"]
    assert by_check["unreadable"]["keys"] == ["Normal/cut.png"]
    page = html.read_text()
    assert "<h1>Audit of pages of somebody</h1>" in page
    assert str(folder.parent) not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert page.count("data:image/jpeg;base64,") >= 8
    assert "intervals, about" in page


@pytest.mark.slow
def test_a_split_keeps_copies_together_and_audit_agrees(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "split.csv"
    done = run(split_command, folder / "pages.csv", "--out", out, "--group", "patient", "--seed", 3)
    assert done.exit_code == 1, done.output
    assert "cut.png" in done.output
    rows = list(csv.DictReader(out.open(newline="")))
    assert len(rows) == 46
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row["patient"], set()).add(row["split"])
    assert all(len(where) == 1 for where in parts.values())
    assert {row["split"] for row in rows} == {"train", "validation", "test"}
    again = tmp_path / "again.csv"
    run(split_command, folder / "pages.csv", "--out", again, "--group", "patient", "--seed", 3)
    first = json.loads(out.with_suffix(".json").read_text())
    assert first == json.loads(again.with_suffix(".json").read_text())
    audited = run(
        audit_command, folder / "pages.csv", "--split", out.with_suffix(".json"),
        "--group", "patient", "--json", tmp_path / "a.json", "--jobs", 1,
    )  # fmt: skip
    assert audited.exit_code == 1, audited.output
    checks = {f["check"] for f in json.loads((tmp_path / "a.json").read_text())["findings"]}
    assert not checks & {"twin-leak", "group-leak"}


def small_manifest(folder: Path, parts: tuple[str, ...] = ()) -> Path:
    """Twelve pages of six patients in a manifest, with a column split where parts are given."""
    lines = ["path,label,patient" + (",split" if parts else "")]
    for number in range(12):
        picture = Image.fromarray(drawn_page(number)).resize((498, 354))
        picture.save(folder / f"{number}.png")
        cells = [f"{number}.png", "ab"[number // 2 % 2], f"p{number // 2}"]
        lines.append(",".join([*cells, *([parts[number % len(parts)]] if parts else [])]))
    (folder / "pages.csv").write_text("\n".join(lines) + "\n")
    return folder / "pages.csv"


def test_folds_of_a_small_manifest(tmp_path: Path) -> None:
    manifest, out = small_manifest(tmp_path), tmp_path / "folds.csv"
    arguments = ("--group", "patient", "--folds", 3, "--no-near-duplicates")
    done = run(split_command, manifest, "--out", out, *arguments)
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(out.open(newline="")))
    assert {row["fold"] for row in rows} == {"1", "2", "3"}
    assert len({(row["patient"], row["fold"]) for row in rows}) == 6
    for row in rows:
        assert row[f"split_{row['fold']}"] == "test"
    assert len(json.loads(out.with_suffix(".json").read_text())) == 3


def test_a_group_that_crosses_is_an_error_that_is_named(tmp_path: Path) -> None:
    manifest, out = small_manifest(tmp_path, ("train", "test")), tmp_path / "new" / "a.json"
    done = run(audit_command, manifest, "--group", "patient", "--json", out, "--jobs", 1)
    assert done.exit_code == 0, done.output
    leaks = [f for f in json.loads(out.read_text())["findings"] if f["check"] == "group-leak"]
    assert len(leaks) == 6
    assert all(leak["severity"] == "error" for leak in leaks)
    assert "group-leak" in done.output


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (audit_command, ["{pages}", "--group", "patent"], "Did you mean 'patient'?"),
        (audit_command, ["{pages}", "--group-pattern", "("], "not a regular expression"),
        (audit_command, ["{pages}", "--split", "{pages}"], "the split cannot be read"),
        (audit_command, ["{nowhere}"], "there is nothing of that name"),
        (split_command, ["{pages}", "--out", "{out}", "--group", "patent"], "Did you mean"),
        (split_command, ["{pages}", "--out", "{out}", "--fractions", "0.5,0.1"], "fractions"),
        (split_command, ["{pages}", "--out", "{out}", "--group", "patient", "--folds", "99"],
         "too few groups"),
    ],
)  # fmt: skip
def test_wrong_use(tmp_path: Path, command: object, arguments: list[str], said: str) -> None:
    places = {
        "pages": small_manifest(tmp_path), "out": tmp_path / "o.csv", "nowhere": tmp_path / "none",
    }  # fmt: skip
    done = run(command, *(argument.format(**places) for argument in arguments))
    assert isinstance(done.exception, WrongUse), done.output
    assert said in str(done.exception)
    assert not (tmp_path / "o.csv").exists()


def test_group_options_exclude_each_other(tmp_path: Path) -> None:
    both = ("--group", "patient", "--group-pattern", "x")
    done = run(audit_command, small_manifest(tmp_path), *both)
    assert (done.exit_code or getattr(done.exception, "exit_code", 0)) == 2


def test_the_report_shows_pages_that_differ_first() -> None:
    labels = {"a": "Normal", "b": "Normal", "c": "Normal", "d": "Normal", "e": "Abnormal"}
    items = tuple(Item(key, key, label) for key, label in labels.items())
    keys = tuple(labels)
    findings = (
        Finding("twin-conflict", "warning", keys, "One of two labels is wrong.", 2.0),
        Finding("near-duplicates", "warning", keys, "Five copies.", 5.0),
    )
    thumbnails = dict.fromkeys(labels, b"\xff\xd8")
    page = audit_page(Dataset(items, ".", "/home/somebody/x/pages.csv"), findings, thumbnails, {})
    assert "somebody" not in page
    gallery = page[page.index("<h2>Twins</h2>") :]
    assert gallery.count('<section class="set">') == 1
    shown = re.findall(r'alt="(\w)"', gallery)
    assert shown[:2] == ["a", "e"]
    assert len(shown) == 4
    assert "and 1 more pages" in gallery
