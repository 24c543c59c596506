"""Pages a second of the renderer: ``python benchmarks/render.py [--pages N]``.

Prints one row for each kind of page: pages per second of processor time on one core (the time
of this process alone, so a busy machine changes it little) and of the clock. Plain pages are
measured with the grid kept from the page before and with a new grid each time; simulated
records are made beforehand except in the last two rows. ``--truth`` prints instead how far true
points lie from the centre of the ink, in px across the line, on flat and on bent pages;
``--hearts`` prints how well simulated normal and abnormal records can be told apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from ecgpage.render import (
    WORLDS,
    Grid,
    PageStyle,
    RenderedPage,
    World,
    demo_pages,
    random_style,
    random_world,
    render_record,
    simulate,
    simulate_dataset,
    template,
    true_waves,
)
from ecgpage.render.demo import DEMO_KINDS
from ecgpage.values import Record


def measure(function: Callable[[int], object], count: int) -> tuple[float, float]:
    """Calls a second, by processor time and by the clock, after one call to warm up."""
    function(count)
    clock, processor = time.perf_counter(), time.process_time()
    for k in range(count):
        function(k)
    return count / (time.process_time() - processor), count / (time.perf_counter() - clock)


def ink_distances(page: RenderedPage, reach: int = 4) -> list[float]:
    """Distance of some true points from the centre of the ink around them, across the line."""
    image, out = page.page.image, []
    rows, columns = image.shape[:2]
    for trace in page.truth.traces:
        ways = np.gradient(trace.points_px, axis=0)
        for point, way in zip(trace.points_px[60:-60:90], ways[60:-60:90], strict=True):
            row, column = (round(v) for v in point)
            if not (reach < row < rows - reach - 1 and reach < column < columns - reach - 1):
                continue
            place = slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
            ink = 255.0 - image[place].mean(axis=2)
            centre = (np.mgrid[place] * ink**2).sum(axis=(1, 2)) / (ink**2).sum()
            across = np.array([way[1], -way[0]]) / np.hypot(*way)
            out.append(float(abs((centre - point) @ across)))
    return out


def print_truth(pages: int) -> None:
    """How well the truth fits the ink, on flat pages and on pages bent as far as they go."""
    time_s = np.arange(5000) / 500.0
    bare = PageStyle(
        grid=Grid("none"), header="none", footer="none", pulse="none", separator="none", dpi=150.0
    )
    print(f"{'pages':<12}{'points':>8}{'median px':>12}{'90 % px':>12}")
    for name in ("flat", "bent"):
        found = []
        for k in range(pages):
            waves = [0.4 * np.sin(2 * np.pi * (0.2 + 0.02 * n) * time_s + n + k) for n in range(12)]
            bent = World(
                rotation_deg=15.0 * k / pages, folds=k % 5, crumple=k / pages, curl=k / pages,
                perspective=(0.2 * k / pages, -0.15 * k / pages),
            )  # fmt: skip
            world = bent if name == "bent" else None
            found += ink_distances(
                render_record(Record(np.stack(waves), 500.0), bare, k, world=world)
            )
        low, high = np.percentile(found, [50, 90])
        print(f"{name:<12}{len(found):>8}{low:>12.3f}{high:>12.3f}")


def beat_features(record: Record) -> list[float]:
    """Rate, its spread, and the median beat of each lead around the true R peaks."""
    peaks = true_waves(record).r_peaks_s
    rr = np.diff(peaks)
    out = [60 / float(rr.mean()), float(rr.std() / rr.mean())]
    starts = [round((p - 0.3) * 500) for p in peaks if 0.31 < p < record.duration_s - 0.6]
    for lead in record.signal_mv:
        beats = [lead[k : k + 400 : 10] - np.median(lead[k + 110 : k + 125]) for k in starts]
        out += list(np.median(beats, axis=0))
    return out


def print_hearts(count: int) -> None:
    """AUC and balanced accuracy of extra-trees on true median beats, 5-fold."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score
    from sklearn.model_selection import cross_val_predict

    print(f"{'kinds':<12}{'records':>8}{'AUC':>8}{'balanced accuracy':>20}")
    for name, kinds in (("all", None), ("demo", DEMO_KINDS)):
        records = list(simulate_dataset(count, 5, kinds=kinds))
        features = np.array([beat_features(record) for record in records])
        abnormal = np.array([record.notes["label"] == "Abnormal" for record in records])
        model = ExtraTreesClassifier(400, random_state=0)
        score = cross_val_predict(model, features, abnormal, cv=5, method="predict_proba")[:, 1]
        area = roc_auc_score(abnormal, score)
        balanced = balanced_accuracy_score(abnormal, score > 0.5)
        print(f"{name:<12}{count:>8}{area:>8.3f}{balanced:>20.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12, help="pages for each row")
    parser.add_argument("--truth", action="store_true", help="measure the truth instead")
    parser.add_argument("--hearts", action="store_true", help="tell simulated hearts apart")
    asked = parser.parse_args()
    count = asked.pages
    cv2.setNumThreads(1)
    if asked.truth:
        print_truth(count)
        return
    if asked.hearts:
        print_hearts(50 * count)
        return
    records = [simulate("normal", k) for k in range(4)]
    letter = template("letter-bars")

    def plain(k: int) -> object:
        return render_record(records[k % 4], letter, k)

    def fresh_grid(k: int) -> object:
        return render_record(records[k % 4], replace(letter, paper_rgb=(255, 255, k % 256)), k)

    def mixed(k: int) -> object:
        return render_record(records[k % 4], random_style(k, dpi=(150, 200)), k)

    def worn(kind: str) -> Callable[[int], object]:
        return lambda k: render_record(
            records[k % 4], letter, k, world=random_world(k, 1.0, kind=kind)
        )

    rows: list[tuple[str, Callable[[int], object], int]] = [
        ("plain 2200x1700, same grid", plain, count),
        ("plain 2200x1700, new grid", fresh_grid, count),
        ("mixed looks, 150-200 dpi", mixed, count),
        *((f"2200x1700, {kind}, full strength", worn(kind), count) for kind in WORLDS),
        ("a simulated record", lambda k: simulate("normal", k), 4 * count),
        ("ten demonstration pages", lambda k: list(demo_pages(10, k)), max(count // 4, 2)),
    ]
    print(f"{'what':<36}{'a second (processor)':>22}{'a second (clock)':>20}")
    for name, function, calls in rows:
        processor, clock = measure(function, calls)
        print(f"{name:<36}{processor:>22.1f}{clock:>20.1f}")


if __name__ == "__main__":
    main()
