"""Train the network that marks P, QRS and T, on records with cardiologists' marks.

    .venv/bin/python benchmarks/train_delineator.py ../shared/data/ludb \\
        --fibrillation ../shared/data/ptbxl --part all

``all`` makes the weights that the package ships. ``without0``, ``without1`` and ``without2``
leave a third of the records out each; without0 leaves out those that are set aside. From these
benchmarks/delineation.py takes its figures, so that no record is judged by a network that has
seen it. Written to build/delineator/PART.onnx. One thread, one seed.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from ludb import in_training, load_marks, load_record, stems
from numpy.typing import NDArray

from ecgpage import read, render
from ecgpage.learn.waves import Truth, TruthLead, export_delineator, train
from ecgpage.learn.waves import WaveSettings as TrainingSettings
from ecgpage.measure import WaveSettings, find_waves
from ecgpage.measure.network_input import network_input
from ecgpage.values import LEADS, Record

Array = NDArray[np.float64]


SIMULATED = 48
"""Simulated records without P waves."""
KINDS = (
    "sinus-tachycardia", "sinus-tachycardia", "av-block-1", "atrial-ectopics",
    "ventricular-ectopics", "lbbb", "rbbb", "sinus-arrhythmia", "long-qt", "lvh-strain",
)  # fmt: skip
EACH = 5
"""Simulated records of each kind."""
LOOSE_S = 0.03
"""So near to a simulated bound nothing is learned."""
MARGIN_S = 0.01
"""Beyond the first and the last mark of a lead nobody looked; so much is taken as nothing."""


def load_truth(folder: Path, stem: str) -> Truth:
    """A record with its whole marks; each lead counts from its first mark to its last."""
    record, marks = load_record(folder, stem), load_marks(folder, stem)
    leads, start, end = [], [], []
    for lead in LEADS:
        kinds = tuple(
            np.array(
                [
                    (wave.onset_s, wave.peak_s, wave.offset_s)
                    for wave in marks.of(lead, kind)
                    if wave.onset_s is not None and wave.offset_s is not None
                ]
            ).reshape(-1, 3)
            for kind in ("P", "QRS", "T")
        )
        leads.append(TruthLead(kinds))
        times = np.concatenate(kinds)
        start.append(times.min(initial=np.inf) - MARGIN_S)
        end.append(times.max(initial=-np.inf) + MARGIN_S)
    return Truth(record.signal_mv, record.rate_hz, tuple(leads), tuple(start), tuple(end))


def simulate_without_p() -> list[Truth]:
    """Simulated fibrillation and flutter, with f and F waves from low to high."""
    out = []
    for seed in range(SIMULATED):
        kind = "atrial-flutter" if seed % 4 == 3 else "atrial-fibrillation"
        record = render.simulate(kind, 10_000 + seed)
        _, qrs, t = _simulated_marks(record)
        out.append(_without_p(record, (qrs, t)))
    return out


def simulate_with_p() -> list[Truth]:
    """Simulated rhythms and conduction that LUDB has few of; which wave is which, no bounds."""
    out = []
    for seed in range(len(KINDS) * EACH):
        record = render.simulate(KINDS[seed % len(KINDS)], 20_000 + seed)
        count = len(record.leads)
        out.append(
            Truth(
                record.signal_mv,
                record.rate_hz,
                (TruthLead(_simulated_marks(record)),) * count,
                (0.5,) * count,
                (record.duration_s - 0.5,) * count,
                loose_s=LOOSE_S,
            )
        )
    return out


def _simulated_marks(record: Record) -> tuple[Array, Array, Array]:
    marks = render.true_waves(record)
    p, qrs, t = (
        np.array([(w.onset_s, w.peak_s, w.offset_s) for w in marks.of("all", name)]).reshape(-1, 3)
        for name in ("P", "QRS", "T")
    )
    return p, qrs, t


def load_without_p(folder: Path) -> list[Truth]:
    """PTB-XL's records of atrial fibrillation; where QRS and T may lie is found by slopes."""
    out = []
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if not {"AFIB", "AFLT"} & set(row["statements"].split()):
            continue
        record = read.read_record(next((folder / "records").rglob(row["record"] + ".hea")))
        waves = find_waves(record, WaveSettings(delineator="classical"))
        gaps = [*np.diff(waves.r_peaks_s), np.inf]
        spans = np.array(
            [
                (r_peak - 0.1, r_peak, r_peak + min(0.45, 0.65 * gap))
                for r_peak, gap in zip(waves.r_peaks_s, gaps, strict=True)
            ]
        ).reshape(-1, 3)
        out.append(_without_p(record, (spans, spans[:0])))
    return out


def _without_p(record: Record, kinds: tuple[Array, Array]) -> Truth:
    lead, count = TruthLead((np.zeros((0, 3)), *kinds)), len(record.leads)
    whole = ((0.0,) * count, (record.duration_s,) * count)
    return Truth(record.signal_mv, record.rate_hz, (lead,) * count, *whole, no_p=True)


def main() -> None:
    """Train one network and write it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", default="without0")
    parser.add_argument("--fibrillation", type=Path, default=None)
    parser.add_argument("--steps", type=int, default=TrainingSettings().steps)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    names = [stem for stem in stems(options.folder) if in_training(stem, options.part)]
    records = [load_truth(options.folder, stem) for stem in names]
    others = simulate_without_p() + simulate_with_p()
    if options.fibrillation is not None:
        others += 2 * load_without_p(options.fibrillation)
    print(f"{options.part}: {len(records)} records and {len(others)} others", flush=True)
    begun, losses = time.time(), []

    def say(step: int, loss: float) -> None:
        losses.append(loss)
        if step % 50 == 49:
            recent = np.mean(losses[-50:])
            print(f"{step + 1:>6} {recent:.4f} {time.time() - begun:.0f} s", flush=True)

    model = train(
        records, TrainingSettings(steps=options.steps), network_input,
        others=others, say=say,
    )  # fmt: skip
    print(f"{model.count_params()} weights")
    out = options.out or Path("build/delineator") / f"{options.part}.onnx"
    out.parent.mkdir(parents=True, exist_ok=True)
    export_delineator(model, out)


if __name__ == "__main__":
    main()
