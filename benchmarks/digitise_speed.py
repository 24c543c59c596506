"""How long digitising a page takes and what memory, stage by stage, for pictures of any kind.

    python benchmarks/digitise_speed.py ../shared/data/scans [--most 12] [--threads 2]

All pages are read by one process, in which what is loaded once has been loaded by a first page;
what that cost is said too. Each page is read ``--repeats`` times and the fastest counts, so that
what else the machine does counts little. ``wall``: seconds that pass; ``processor``: seconds of
all threads; medians over the pages, and for stages means. Memory is the highest resident size of
the process (Linux), read in a turn of its own. Prints a table in Markdown, and what a page takes
that is dropped on ``ecgpage view``.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

STAGES = {
    "grid, flat sheet": "flat.flat_sheet",
    "classical ink": "ink.pen._classical", "network's ink": "ink.network.network_cover",
    "which ink": "ink.pen._best", "words": "words.printed.find_words",
    "rules": "ink.frames.without_rules", "blobs": "tracing.runs.without_blobs",
    "specks": "tracing.runs.without_specks", "lettering": "tracing.lettering.without_words",
    "rows": "tracing.rows.find_rows", "names in rows": "layout.namegrid.read_grid",
    "runs and sums": "tracing.runs.find_runs", "gaps": "tracing.runs.without_gaps",
    "paths": "tracing.follow.follow_rows", "shared runs": "tracing.apart.part_runs",
    "strokes that meet": "tracing.untangle.untangle", "holes": "tracing.holes.fill_holes",
    "tails": "tracing.tails.hand_out_tails", "handwriting": "tracing.handwriting.find_figures",
    "pen's width": "tracing.penwidth.with_width",
    "lines": "tracing.line.measure_line", "extents": "tracing.extents.trace_extent",
    "pulses": "tracing.pulseshape.find_pulse_shapes", "scale": "leads.scale.find_scale",
    "speed and gain": "leads.scale.settle_scale", "row ends": "tracing.ends.row_ends",
    "layout": "pipeline._choose", "borders": "pipeline._part_columns",
    "leads": "leads.assemble.cut_pieces",
    "hidden beats": "leads.under_strokes.fill_under_strokes", "reading": "reading.make_reading",
}  # fmt: skip
"""Functions of the digitiser by what they do; what a stage within another takes is its own."""


class Clock:
    """Seconds that pass, processor seconds and peak memory by stage, own time only."""

    def __init__(self, memory: bool) -> None:
        self.memory = memory
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        self.open = ["rest"]
        self.mark()

    def mark(self) -> None:
        """Begin anew to count."""
        if self.memory:
            Path("/proc/self/clear_refs").write_text("5")  # the highest resident size begins anew
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def book(self) -> None:
        """What was spent since the last mark goes to the stage that is open."""
        entry = self.spent[self.open[-1]]
        entry[0] += time.perf_counter() - self.wall
        entry[1] += time.process_time() - self.processor
        if self.memory:
            entry[2] = max(entry[2], peak_mib())
        self.mark()

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted as a stage."""

        def counted(*given: Any, **named: Any) -> Any:
            self.book()
            self.open.append(stage)
            try:
                return function(*given, **named)
            finally:
                self.book()
                self.open.pop()

        return counted


def peak_mib() -> float:
    """Highest resident memory of this process (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmHWM")).split()[1]) / 1024


def watch(clock: Clock) -> None:
    """Count all stages by a clock, wherever in the digitiser they are called."""
    importlib.import_module("ecgpage.digitise")
    for stage, place in STAGES.items():
        module_name, name = place.rsplit(".", 1)
        counted = getattr(importlib.import_module(f"ecgpage.digitise.{module_name}"), name)
        function = getattr(counted, "counted_by", counted)
        wrapped = clock.wrap(stage, function)
        wrapped.counted_by = function
        for key, module in list(sys.modules.items()):
            if key.startswith("ecgpage.digitise") and getattr(module, name, None) is counted:
                setattr(module, name, wrapped)


def one(paths: list[str], repeats: int, threads: int) -> None:
    """Read the pages in this very process and print the tables."""
    begun = time.perf_counter()
    import cv2

    from ecgpage import digitise, read
    from ecgpage.values import Page, Refused

    cv2.setNumThreads(threads)

    def go(path: str) -> Page:
        page = next(iter(read.read_file(path, dpi=200)))
        assert isinstance(page, Page)
        try:
            digitise.read_page(page)
        except Refused as error:
            print(f"  {path}: {error.refusal.what}")
        return page

    opened = time.perf_counter() - begun
    begun = time.perf_counter()
    go(paths[0])
    first = time.perf_counter() - begun
    pages: list[list[float]] = []
    stages: dict[str, list[list[float]]] = defaultdict(list)
    for path in paths:
        best: Clock | None = None
        for _ in range(repeats):
            clock = Clock(memory=False)
            watch(clock)
            page = go(path)
            clock.book()
            if best is None or total(clock, 0) < total(best, 0):
                best = clock
        assert best is not None
        for stage, spent in best.spent.items():
            stages[stage].append(spent[:2])
        rows, columns = page.image.shape[:2]
        pages.append([total(best, 0), total(best, 1)])
        print(f"  {Path(path).name} {columns}x{rows} {pages[-1][0]:.2f} s, "
              f"processor {pages[-1][1]:.2f} s", flush=True)  # fmt: skip
    peaks: dict[str, float] = defaultdict(float)
    for path in paths:
        clock = Clock(memory=True)
        watch(clock)
        go(path)
        clock.book()
        for stage, spent in clock.spent.items():
            peaks[stage] = max(peaks[stage], spent[2])
    print("\n| stage | wall, s | processor, s | peak MiB |\n|---|---|---|---|")
    for stage in ("rest", *STAGES):
        if stage in stages:
            wall, processor = (sum(s[k] for s in stages[stage]) / len(paths) for k in (0, 1))
            print(f"| {stage} | {wall:.3f} | {processor:.3f} | {peaks[stage]:.0f} |")
    print(f"\nA page: {median(p[0] for p in pages):.2f} s wall (median), "
          f"{max(p[0] for p in pages):.2f} s the slowest; processor "
          f"{median(p[1] for p in pages):.2f} s (median), "
          f"{mean(p[1] for p in pages):.2f} s (mean); peak {max(peaks.values()):.0f} MiB. "
          f"Once a process: {opened:.2f} s to import, "
          f"{first - pages[0][0]:.2f} s in the first page.")  # fmt: skip
    view(paths, repeats)


def view(paths: list[str], repeats: int) -> None:
    """What a person waits for who drops a page on ``ecgpage view``, in a process that is warm."""
    from ecgpage.flows.view import ViewRequest, open_files, overlay, picture_jpeg, report_html

    best: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        request = ViewRequest(str(Path(folder) / "marks.sqlite"))
        for path in [paths[0], *paths]:
            spent = []
            for _ in range(repeats):
                wall, processor = time.perf_counter(), time.process_time()
                shown = open_files([Path(path)], request)
                overlay(shown), picture_jpeg(shown), report_html(shown)
                spent.append((time.perf_counter() - wall, time.process_time() - processor))
            best.append(min(spent))
    print(f"\nA page dropped on view (digitised, measured, drawn, report): "
          f"{median(b[0] for b in best[1:]):.2f} s wall (median), processor "
          f"{median(b[1] for b in best[1:]):.2f} s.")  # fmt: skip


def total(clock: Clock, which: int) -> float:
    """Seconds of all stages."""
    return sum(spent[which] for spent in clock.spent.values())


def main() -> None:
    """A process of its own, with so many threads a library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        one(asked.pages, asked.repeats, asked.threads)
        return
    from ecgpage.read import find_files

    found = [str(p) for p in sorted(find_files(asked.pages)) if not str(p).endswith(".csv")]
    chosen = found[:: max(1, len(found) // asked.most)][: asked.most]
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    env = os.environ | dict.fromkeys(names, str(asked.threads))
    words = [sys.executable, __file__, *chosen, "--one", "--threads", str(asked.threads),
             "--repeats", str(asked.repeats)]  # fmt: skip
    raise SystemExit(subprocess.run(words, env=env, check=False).returncode)


if __name__ == "__main__":
    main()
