"""Ink alone: the network against the classical way on flattened squares of rendered pages.

    python benchmarks/ink.py [--records ../shared/data/ptbxl/records] [--pages 40]

The pages are others than those of training (another seed, recorded leads with even stems), and
their geometry is the true one. Told are, by world: the overlap of what is covered by 0.4 or more
(intersection over union), the root mean square distance between the centres of found and true
ink in each run of a pixel column (px and mm), the share of runs that were missed, and ink that
lies elsewhere as a share of all true ink.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ink_pairs import look, records
from numpy.typing import NDArray

from ecgpage import render
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.pen import find_ink
from ecgpage.digitise.tracing.runs import INK
from ecgpage.render.coverage import cover_layers, flat_crop

SIZE_PX = 1056
DENSITY = 8.0
EDGE_PX = 48


def compare(truth: NDArray[np.float32], found: NDArray[np.float32]) -> dict[str, float]:
    """Figures of one square."""
    a, b = truth >= INK, found >= INK
    mask = a.astype(np.uint8).T.copy()
    change = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    column, top = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    rows = np.arange(truth.shape[0])[:, None]

    def sums(cover: NDArray[np.float32]) -> tuple[Any, Any]:
        from_, to = np.maximum(top - 2, 0), np.minimum(end + 2, truth.shape[0])
        mass = np.vstack([np.zeros(truth.shape[1]), np.cumsum(cover, axis=0, dtype=float)])
        moment = np.vstack([np.zeros(truth.shape[1]), np.cumsum(cover * rows, axis=0, dtype=float)])
        m = mass[to, column] - mass[from_, column]
        return m, (moment[to, column] - moment[from_, column]) / np.maximum(m, 1e-6)

    (mass, centre), (seen, at) = sums(truth), sums(found)
    hit = seen > 0.4 * mass
    near = cv2.dilate(a.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return {
        "both": float((a & b).sum()), "any": float((a | b).sum()), "runs": float(len(hit)),
        "missed": float((~hit).sum()), "square": float(((at - centre)[hit] ** 2).sum()),
        "hit": float(hit.sum()), "off": float(np.abs(at - centre)[hit].sum()),
        "else": float(found[~near].sum()), "ink": float(truth.sum()),
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--ways", default="classical,network,mixed")
    given = parser.parse_args()
    total: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for record, seed in records(given.records, given.pages, given.seed, odd=False):
        rng = np.random.default_rng([seed, 73])
        style = look(seed, rng)
        kind = str(rng.choice(["flat", *render.WORLDS]))
        world = None if kind == "flat" else render.random_world(seed, kind=kind)
        page = render.render_record(record, style, seed, world=world)
        layers = cover_layers(record, style, 12.0)
        centre = [v / page.truth.px_per_mm / 2 for v in page.truth.sheet_shape_px]
        image, cover = flat_crop(
            page, layers, (centre[0], centre[1]), DENSITY, SIZE_PX,
            wobble_mm=0.03 if world else 0.0, seed=seed,
        )  # fmt: skip
        truth = cover.astype(np.float32) / 255.0
        cut = slice(EDGE_PX, -EDGE_PX)
        ours = np.maximum(truth[..., 0], truth[..., 1])
        sheet = Sheet(image=image, px_per_mm=(DENSITY, DENSITY))
        for way in given.ways.split(","):
            begin = time.process_time()
            found = find_ink(sheet, way).cover
            spent = time.process_time() - begin
            # what is true ink of another kind is no fault of the classical way, which keeps it
            found = np.where(truth[..., 2] > 0.1, ours, found)
            for name in (kind, "all"):
                for key, value in compare(ours[cut, cut], found[cut, cut]).items():
                    total[name, way][key] += value
                total[name, way]["seconds"] += spent
                total[name, way]["pages"] += 1
    print("world      way        pages  overlap  rms px  mean mm  missed %  elsewhere %  s a Mpx")
    for (name, way), t in sorted(total.items()):
        print(
            f"{name:10} {way:10} {t['pages']:5.0f} {t['both'] / t['any']:8.3f} "
            f"{np.sqrt(t['square'] / t['hit']):7.2f} {t['off'] / t['hit'] / DENSITY:8.4f} "
            f"{100 * t['missed'] / t['runs']:9.1f} {100 * t['else'] / t['ink']:12.1f} "
            f"{t['seconds'] / t['pages'] / (SIZE_PX / 1000) ** 2:8.2f}"
        )


if __name__ == "__main__":
    main()
