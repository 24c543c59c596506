"""Fit the confidence of a digitised lead, and show what it means.

    python benchmarks/confidence.py collect ../shared/data OUT.npz [--renders 60] [--first 9000]
    python benchmarks/confidence.py fit OUT.npz [--picture docs/pictures/confidence.png]
    python benchmarks/confidence.py show OUT.npz [--picture docs/pictures/confidence.png]

``collect`` digitises own renders (random styles, half of them in a random world) and the
development pages, and keeps for every lead the figures behind its confidence and whether its
signal-to-noise ratio is above 10 dB (best over 50 ms of shift, mean removed). ``fit`` fits a
logistic model on every other pair of pages (a render and a real page), prints its weights for
``digitise/confidence.py``, and plots for the pages left out how often leads are right against
how sure they were. ``show`` does so with the weights that the digitiser has.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from digitise import load, tasks
from ecgpage import digitise, render
from ecgpage.digitise.leads.assemble import cut_pieces
from ecgpage.digitise.leads.confidence import FIGURES, OFFSET, WEIGHTS, figures
from ecgpage.values import LEADS, Page, Record, Refused

RIGHT_DB = 10.0
KINDS = ("ludb", "pdf-pixels", "scans", "photos")


def pages(data: Path, renders: int, first: int) -> Iterator[tuple[Page, Record]]:
    """Own renders and development pages with what they show."""
    files = sorted((data / "ptbxl/records").rglob("*.hea"))
    real = (task[:3] for kind in KINDS for task in tasks(kind, data, 6))
    for k in range(renders):
        seed = first + k
        style = render.random_style(seed)
        style = replace(style, dpi=max(120.0, style.dpi))
        world = render.random_world(seed, 0.7) if k % 2 else None
        record = load(files[seed % len(files)].with_suffix(""))
        page = render.render_record(record, style, seed=seed, world=world)
        yield page.page, page.truth.record
        for _, photo, truth in islice(real, 1):
            yield photo, truth
    for _, photo, truth in real:
        yield photo, truth


def lead_snr_db(truth: np.ndarray, found: np.ndarray, reach: int = 25) -> float:
    """Signal-to-noise ratio of one lead in dB, the mean difference removed, best over shifts."""
    n = min(len(truth), len(found))
    least = 0.3 * min(np.isfinite(truth).sum(), np.isfinite(found).sum())
    best = -np.inf
    for shift in range(-reach, reach + 1):
        a = truth[max(0, shift) : n + min(0, shift)]
        b = found[max(0, -shift) : n - max(0, shift)]
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() < max(least, 2):
            continue
        signal = a[both] - a[both].mean()
        error = signal - (b[both] - b[both].mean())
        power = float((error**2).sum())
        best = max(best, 10 * np.log10(float((signal**2).sum()) / max(power, 1e-12) + 1e-12))
    return best


def collect(data: Path, out: Path, renders: int, first: int) -> None:
    """Digitise and keep figures and truth of every lead."""
    rows = []
    settings = digitise.Settings()
    for number, (page, truth) in enumerate(pages(data, renders, first)):
        try:
            reading, details = digitise.read_pixels(page, settings)
        except Refused:
            continue
        pieces = cut_pieces(
            details.traced.rows, details.placed, details.ends_px, details.sheet.px_per_mm,
            (reading.speed_mm_per_s, reading.gain_mm_per_mv), settings,
        )  # fmt: skip
        step = max(1, round(truth.rate_hz / settings.rate_hz))
        for piece in pieces:
            found = np.full(reading.record.signal_mv.shape[1], np.nan)
            found[piece.first : piece.first + len(piece.signal_mv)] = piece.signal_mv
            true = truth.signal_mv[LEADS.index(piece.stretch.lead)][::step]
            snr = lead_snr_db(np.asarray(true, float), found)
            rows.append((number, snr, *figures(piece, details)))
        middle = np.median([row[1] for row in rows if row[0] == number])
        print(f"{number} {page.source[-20:]} {reading.layout} {middle:.1f} dB", flush=True)
        np.savez(out, rows=np.array(rows))


def fit(file: Path, picture: Path | None) -> None:
    """Fit on every other pair of pages, show on the rest."""
    from sklearn.linear_model import LogisticRegression

    rows = np.load(file)["rows"]
    right, x, used = rows[:, 1] > RIGHT_DB, rows[:, 2:], _used(rows)
    spread = x[used].std(axis=0) + 1e-9
    model = LogisticRegression(C=3.0, max_iter=1000).fit(x[used] / spread, right[used])
    weights = model.coef_[0] / spread
    print(f"{used.sum()} leads fitted, {(~used).sum()} left out; {right.mean():.3f} are right")
    for name, weight in zip(FIGURES, weights, strict=True):
        print(f"  {name:15} {weight:8.2f}")
    print("WEIGHTS =", tuple(round(float(w), 2) for w in weights))
    print("OFFSET =", round(float(model.intercept_[0]), 2))
    show(file, picture, weights, float(model.intercept_[0]))


def _used(rows: np.ndarray) -> np.ndarray:
    """Leads of the pages that the model is fitted on."""
    return np.asarray((rows[:, 0].astype(int) // 2) % 2 == 0)


def show(file: Path, picture: Path | None, weights: np.ndarray, offset: float) -> None:
    """How often leads of the pages left out are right against how sure they were."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    rows = np.load(file)["rows"]
    right, used = rows[:, 1] > RIGHT_DB, _used(rows)
    sure = 1 / (1 + np.exp(-(rows[:, 2:] @ weights + offset)))
    print(
        f"left out: {(~used).sum()} leads, {right[~used].mean():.3f} right, "
        f"AUC {roc_auc_score(right[~used], sure[~used]):.3f}, "
        f"Brier {brier_score_loss(right[~used], sure[~used]):.3f}"
    )
    bins = np.clip((sure[~used] * 5).astype(int), 0, 4)
    table = [
        (sure[~used][bins == b].mean(), right[~used][bins == b].mean(), int((bins == b).sum()))
        for b in range(5) if (bins == b).any()
    ]  # fmt: skip
    for mean, share, count in table:
        print(f"  confidence {mean:.2f}: {share:.2f} right ({count} leads)")
    if picture is not None:
        draw(picture, sure[~used], rows[~used, 1], table)


def draw(picture: Path, sure: np.ndarray, snr: np.ndarray, table: list[tuple]) -> None:  # type: ignore[type-arg]
    """Reliability, and each lead's figure against its confidence."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
    left.plot([0, 1], [0, 1], color="0.7", lw=1)
    left.plot([t[0] for t in table], [t[1] for t in table], "o-", color="tab:blue")
    for mean, share, count in table:
        left.annotate(str(count), (mean, share), textcoords="offset points", xytext=(6, -10))
    left.set(xlabel="confidence", ylabel="share of leads above 10 dB", xlim=(0, 1), ylim=(0, 1))
    right.scatter(sure, np.clip(snr, -10, 35), s=6, alpha=0.5, color="tab:blue")
    right.axhline(RIGHT_DB, color="0.7", lw=1)
    right.set(xlabel="confidence", ylabel="signal-to-noise ratio (dB)", xlim=(0, 1))
    figure.tight_layout()
    figure.savefig(picture, dpi=110)


def main() -> None:
    """Collect, fit or show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["collect", "fit", "show"])
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--renders", type=int, default=60)
    parser.add_argument("--first", type=int, default=9000)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    if given.what == "collect":
        collect(given.paths[0], given.paths[1], given.renders, given.first)
    elif given.what == "fit":
        fit(given.paths[0], given.picture)
    else:
        show(given.paths[0], given.picture, np.array(WEIGHTS), OFFSET)


if __name__ == "__main__":
    main()
