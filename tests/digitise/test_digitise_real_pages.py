"""Real pages, with floors a little below what was measured."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ecgpage import digitise, read, score
from ecgpage.values import Page, Refused

HERE = Path(__file__).parent
pytestmark = [pytest.mark.data, pytest.mark.slow]


def page_at(path: Path) -> Page:
    """The first page of a file."""
    page = next(iter(read.read_file(str(path), dpi=200)))
    assert isinstance(page, Page)
    return page


def table(name: str) -> list[dict[str, str]]:
    """A table made by eye."""
    with (HERE / name).open(newline="") as lines:
        return list(csv.DictReader(lines))


def challenge_db(path: Path, truth: Path, layout: str) -> float:
    """The 2024 challenge's figure of one page."""
    true = score.mask_to_layout(load(truth), layout)
    return score.compare_records(true, digitise.digitise(page_at(path))).challenge_snr_db


def load(path: Path):  # type: ignore[no-untyped-def]
    """A WFDB record with its leads in order."""
    import wfdb

    from ecgpage.values import LEADS, Record

    signal, header = wfdb.rdsamp(str(path))
    names = [name.strip().lower() for name in header["sig_name"]]
    rows = [np.asarray(signal[:, names.index(lead.lower())]) for lead in LEADS]
    return Record(np.stack(rows), float(header["fs"]))


def test_drawn_pages(data_dir: Path) -> None:
    stems = ("00157_hr", "00405_hr", "00685_hr")
    found = [
        challenge_db(data_dir / f"pdf/{s}.pdf", data_dir / f"pdf/{s}", "3x4+II") for s in stems
    ]
    assert np.mean(found) > 24.0


def test_ludb_pages(data_dir: Path) -> None:
    found = [
        challenge_db(data_dir / f"ludb/pages/{n}.png", data_dir / f"ludb/records/{n}", "3x4+II")
        for n in (1, 119, 135, 41)
    ]
    assert np.mean(found) > 18.0


def test_mendeley_layouts_and_rhythm_leads(data_dir: Path) -> None:
    rows = table("mendeley_layouts.csv")[::4]
    right = 0
    for row in rows:
        reading = digitise.read_page(page_at(data_dir / "mendeley/pages" / row["page"]))
        right += (reading.layout, " ".join(reading.rhythm)) == (row["layout"], row["rhythm"])
    assert right >= 0.95 * len(rows)


def test_seed_images_are_read_rightly_or_refused(data_dir: Path) -> None:
    rows = table("seed_layouts.csv")[::5]
    right = 0
    for row in rows:
        try:
            reading = digitise.read_page(page_at(data_dir / "seed-images" / row["page"]))
        except Refused:
            right += row["layout"] == "refuse" or "cut off" in row["note"]
            continue
        right += (reading.layout, " ".join(reading.rhythm)) == (row["layout"], row["rhythm"])
    assert right >= 0.9 * len(rows)
