"""What a page carries beside its waveform, as tables of numbers: the shortcuts a model may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ecgpage.audit.column_features import column_table, natural_rank, text_table
from ecgpage.audit.file_traits import FileTraits
from ecgpage.audit.given import COLUMN
from ecgpage.audit.traits import BAND_SIZE, PageTraits
from ecgpage.values import Item

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One thing that is no waveform.

    ``in_pixels`` says whether a network that is given the whole page sees it; ``remedy`` is
    what to do if it tells the label.
    """

    name: str
    table: Table
    in_pixels: bool
    remedy: str


def find_probes(items: Sequence[Item], traits: Sequence[PageTraits]) -> Iterator[Probe]:
    """Every probe that the pages allow, the page's own first, then file and manifest."""
    yield Probe("image size", _sizes(traits), True, "Bring all pages to one size and shape.")
    mask = "Mask header and footer before training."
    header, footer = _bands(traits, "header"), _bands(traits, "footer")
    for name, bands in (
        ("header", [header]),
        ("footer", [footer]),
        ("header and footer", [header, footer]),
    ):
        held = [band for band in bands if band is not None]
        if len(held) == len(bands):
            yield Probe(f"pixels of {name}", np.hstack(held), True, mask)
    remedy = "Crop to the recording, and report results by template."
    yield Probe("template lines", _lines(traits), True, remedy)
    yield Probe(
        "colours", _colours(traits), True, "Use grey levels, and vary contrast in training."
    )
    files = [page.file for page in traits]
    if all(file is not None for file in files):
        known = [file for file in files if file is not None]
        yield Probe(
            "compression",
            _compression(traits, known),
            True,
            "Compress pages anew at mixed quality in training.",
        )
        times = np.array([[file.time_s] for file in known])
        yield Probe("file time", times, False, "Keep file times away from the model.")
    names = [PurePosixPath(item.key).name for item in items]
    yield Probe("file name", text_table(names), False, "Keep file names away from the model.")
    yield Probe(
        "order of file names", natural_rank(names), False, "Shuffle, and never split by order."
    )
    if any(page.taken for page in traits):
        taken, _ = column_table([page.taken for page in traits])
        yield Probe("time in the metadata", taken, False, "Keep metadata away from the model.")
    yield from _columns(items)


def _columns(items: Sequence[Item]) -> Iterator[Probe]:
    names = list(dict.fromkeys(name for item in items for name in item.columns))
    for name in names:
        if name.lower() in (COLUMN, "path", "label"):
            continue
        table, kind = column_table([item.columns.get(name, "") for item in items])
        yield Probe(
            f"column {name} ({kind})",
            table,
            False,
            "If it says the label in other words, that is expected; if it is printed on the page, "
            "mask it; if it is neither, report results by it.",
        )


def _sizes(traits: Sequence[PageTraits]) -> Table:
    return np.array(
        [[p.width_px, p.height_px, p.width_px / p.height_px, p.dpi or 0.0] for p in traits]
    )


def _bands(traits: Sequence[PageTraits], name: str) -> Table | None:
    """Grey levels of a band of all pages; None where fewer than half of them have it."""
    bands = [getattr(page, name) for page in traits]
    if sum(band is not None for band in bands) < len(bands) / 2:
        return None
    blank = np.full(BAND_SIZE, 255, np.uint8)
    return np.array([(blank if b is None else b).ravel() / 255.0 for b in bands])


def _lines(traits: Sequence[PageTraits]) -> Table:
    return np.array(
        [np.append(page.lines, np.round(page.recording, 2)) for page in traits], dtype=float
    )


def _colours(traits: Sequence[PageTraits]) -> Table:
    return np.array([page.colours for page in traits], dtype=float)


def _compression(traits: Sequence[PageTraits], files: Sequence[FileTraits]) -> Table:
    """Format, sums and first steps of the quantisation tables. The number of bytes is left
    out: it grows with the ink of the trace."""
    formats = sorted({page.format for page in traits})
    rows = []
    for page, file in zip(traits, files, strict=True):
        steps = list(file.quantisation[:8]) + [0] * (8 - len(file.quantisation[:8]))
        rows.append(
            [
                float(sum(file.quantisation)),
                float(len(file.quantisation)),
                float(file.progressive),
                *map(float, steps),
                *(float(page.format == name) for name in formats),
            ]
        )
    return np.array(rows)
