"""Train the network that marks P, QRS and T, on records with cardiologists' marks.

    .venv/bin/python benchmarks/train_delineator.py ../shared/data/ludb --part all
    .venv/bin/python benchmarks/train_delineator.py ../shared/data/ludb --part training
    .venv/bin/python benchmarks/train_delineator.py ../shared/data/ludb --part fold0

``training`` leaves the records set aside out (``ludb.held_out``), ``foldK`` leaves a fifth of
all records out; both write build/delineator/PART.onnx, from which benchmarks/delineation.py
takes its figures. ``all`` makes the weights that the package ships. One thread, one seed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from ludb import in_training, load_marks, load_record, stems

from ecgpage import render
from ecgpage.learn.waves import Truth, TruthLead, WaveSettings, export_delineator, train
from ecgpage.measure.network_input import network_input
from ecgpage.values import LEADS

SIMULATED = 48
"""Simulated records without P waves."""
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
        marks = render.true_waves(record)
        kinds = tuple(
            np.array([(w.onset_s, w.peak_s, w.offset_s) for w in marks.of("all", name)])
            for name in ("QRS", "T")
        )
        lead = TruthLead((np.zeros((0, 3)), *kinds))
        count = len(LEADS)
        out.append(
            Truth(
                record.signal_mv,
                record.rate_hz,
                (lead,) * count,
                (0.0,) * count,
                (record.duration_s,) * count,
                no_p=True,
            )
        )
    return out


def main() -> None:
    """Train one network and write it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", default="training")
    parser.add_argument("--steps", type=int, default=WaveSettings().steps)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    names = [stem for stem in stems(options.folder) if in_training(stem, options.part)]
    records = [load_truth(options.folder, stem) for stem in names]
    print(f"{options.part}: {len(records)} records", flush=True)
    begun, losses = time.time(), []

    def say(step: int, loss: float) -> None:
        losses.append(loss)
        if step % 50 == 49:
            recent = np.mean(losses[-50:])
            print(f"{step + 1:>6} {recent:.4f} {time.time() - begun:.0f} s", flush=True)

    model = train(
        records, WaveSettings(steps=options.steps), network_input,
        without_p=simulate_without_p(), say=say,
    )  # fmt: skip
    print(f"{model.count_params()} weights")
    out = options.out or Path("build/delineator") / f"{options.part}.onnx"
    out.parent.mkdir(parents=True, exist_ok=True)
    export_delineator(model, out)


if __name__ == "__main__":
    main()
