"""The table of digitising: both field metrics, failures and seconds a page, for a data folder.

    python benchmarks/digitise.py ../shared/data [--kinds ludb,pdf,scans] [--most 30]

Kinds: ludb, pdf (as lines), pdf-pixels (rendered at 200 dpi and read as a picture), scans,
photos, renders (own plain pages of ptbxl), renders-distorted. A page that is refused counts as
0 dB. Seconds are processor seconds of this process. ``--first`` draws other looks for the renders,
and other records; for renders it is also said how many were laid out rightly, at their speed and
gain.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import wfdb

from ecgpage import digitise, read, render, score
from ecgpage.values import LEADS, Page, Record, Refused

KINDS = ("ludb", "pdf", "pdf-pixels", "scans", "photos", "renders", "renders-distorted")
LAYOUTS = ("3x4", "3x4+1", "3x4+3", "6x2", "6x2+1", "12x1")
Told = tuple[str, tuple[str, ...], float, float]
"""Layout, rhythm strips, speed and gain of a page."""
Task = tuple[str, Page, Record, Told | None]


def load(path: Path) -> Record:
    """A WFDB record with its leads in the conventional order."""
    signal, header = wfdb.rdsamp(str(path))
    names = [name.strip().lower() for name in header["sig_name"]]
    rows = [np.asarray(signal[:, names.index(lead.lower())], dtype=float) for lead in LEADS]
    return Record(np.stack(rows), float(header["fs"]), name=path.name)


def tasks(kind: str, data: Path, most: int, first: int = 0) -> Iterator[Task]:
    """Pages of one kind with what they show."""
    if kind.startswith("renders"):
        yield from rendered(data, kind.endswith("distorted"), most, first)
        return
    folder = {"ludb": "ludb/pages", "pdf-pixels": "pdf"}.get(kind, kind)
    endings = {"ludb": "*.png", "pdf": "*.pdf", "pdf-pixels": "*.pdf"}.get(kind, "*.jpg")
    files = sorted((data / folder).glob(endings))
    for file in files[:: max(1, len(files) // most)][:most]:
        page = next(iter(read.read_file(str(file), dpi=200)))
        assert isinstance(page, Page)
        if kind == "pdf-pixels":
            page = replace(page, strokes=(), texts=())
        truth_path = data / "ludb/records" / file.stem if kind == "ludb" else file.with_suffix("")
        truth = load(truth_path)
        if kind != "photos":
            layout = "6x2" if "6x2" in file.stem else "3x4+II"
            truth = score.mask_to_layout(truth, layout)
        yield file.name, page, truth, None


def rendered(data: Path, distorted: bool, most: int, first: int) -> Iterator[Task]:
    """Own renders over all layouts, at 150 dpi and more."""
    files = sorted((data / "ptbxl/records").rglob("*.hea"))
    step = max(1, len(files) // most)
    for i, file in enumerate(files[first % step :: step][:most], start=first):
        style = render.random_style(i)
        layout = LAYOUTS[i % len(LAYOUTS)]
        rhythm = ("V1", "II", "V5") if layout == "3x4+3" else ("II",)
        style = replace(
            style, layout=layout, rhythm=rhythm, dpi=max(150.0, style.dpi), simultaneous=False
        )
        world = render.random_world(i) if distorted else None
        page = render.render_record(load(file.with_suffix("")), style, seed=i, world=world)
        told = (layout, page.truth.rhythm, style.speed_mm_per_s, style.gain_mm_per_mv)
        yield f"{file.stem} {layout}", page.page, page.truth.record, told


def measure(
    kind: str, data: Path, most: int, verbose: bool, ink: str = "auto", first: int = 0
) -> dict[str, float]:
    """Mean of both metrics over all pages of a kind, failures and seconds."""
    challenge, kaggle, seconds, failures = [], [], [], 0
    right = 0
    for name, page, truth, told in tasks(kind, data, most, first):
        begin = time.process_time()
        try:
            reading = digitise.read_page(page, digitise.Settings(ink=ink))
            page_score = score.compare_records(truth, reading.record)
            found = (
                reading.layout, reading.rhythm, reading.speed_mm_per_s, reading.gain_mm_per_mv
            )  # fmt: skip
            right += found == told
            if verbose and told is not None and found != told:
                print(f"  {name}: {told} read as {found}")
            challenge.append(page_score.challenge_snr_db)
            kaggle.append(page_score.kaggle_snr_db)
        except Refused as error:
            failures += 1
            challenge.append(0.0)
            kaggle.append(0.0)
            print(f"  {name}: {error.refusal.what} ({error.refusal.received})")
        seconds.append(time.process_time() - begin)
        if verbose:
            print(f"  {name} {challenge[-1]:.2f} {kaggle[-1]:.2f} {seconds[-1]:.2f} s")
    if kind.startswith("renders"):
        print(f"  laid out rightly, at the right speed and gain: {right} of {len(seconds)}")
    return {
        "pages": len(seconds), "challenge": float(np.mean(challenge)),
        "kaggle": float(np.mean(kaggle)), "failed": failures,
        "median s": float(np.median(seconds)),
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--ink", default="auto", help="auto, classical, network or mixed")
    parser.add_argument("--first", type=int, default=0, help="seed of the first render's look")
    given = parser.parse_args()
    print(f"{'kind':18} pages  challenge dB  Kaggle dB  failed  median s")
    for kind in given.kinds.split(","):
        f = measure(kind, given.data, given.most, given.verbose, given.ink, given.first)
        print(
            f"{kind:18} {f['pages']:5.0f} {f['challenge']:13.2f} {f['kaggle']:10.2f} "
            f"{f['failed']:7.0f} {f['median s']:9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
