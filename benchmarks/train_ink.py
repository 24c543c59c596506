"""Train the ink network and write it into the package.

    python benchmarks/train_ink.py --records ../shared/data/ptbxl/records --work /tmp/ink

makes pairs from rendered pages (records are simulated; one in three is a recorded one with an
odd stem where ``--records`` is given), trains, and writes ``ink.onnx`` and ``ink.json``. Pairs
that lie in ``--work`` already are kept, so a run that was ended goes on. One seed decides all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from ink_pairs import PAPER, page_pairs, records

from ecgpage.learn.ink_unet import LAYERS, WIDTHS, build_ink_network, export_ink_network, ink_loss
from ecgpage.learn.networks import load_keras
from ecgpage.learn.networks.backend import seed_everything

TARGET = Path(__file__).parent.parent / "src/ecgpage/digitise/weights"


def make(work: Path, folder: Path | None, pages: int, seed: int) -> None:
    """One file of pairs for each page: shape (squares, 2, side, side, 3), uint8."""
    work.mkdir(parents=True, exist_ok=True)
    for record, own in records(folder, pages, seed):
        path = work / f"{own:09d}.npy"
        if path.exists():
            continue
        pairs = np.stack([np.stack(pair) for pair in page_pairs(record, own)])
        aside = path.with_suffix(".part.npy")
        np.save(aside, pairs)
        aside.rename(path)


class Squares:
    """Pairs from files, in an order and with variations that the seed decides."""

    def __init__(self, files: list[Path], seed: int) -> None:
        self.pages = [np.load(file, mmap_mode="r") for file in files]
        self.places = [(p, k) for p, page in enumerate(self.pages) for k in range(len(page))]
        self.rng = np.random.default_rng([seed, 81])
        self.order: list[int] = []

    def batch(self, count: int, vary: bool = True) -> tuple[Any, Any]:
        """Darkness and coverage, (count, side, side, 3), float32."""
        while len(self.order) < count:
            self.order += list(self.rng.permutation(len(self.places)))
        picked, self.order = self.order[:count], self.order[count:]
        both = [self._one(self.places[i], vary) for i in picked]
        return np.stack([b[0] for b in both]), np.stack([b[1] for b in both])

    def _one(self, place: tuple[int, int], vary: bool) -> tuple[Any, Any]:
        given, cover = self.pages[place[0]][place[1]]
        dark = 1.0 - given.astype(np.float32) / PAPER
        cover = cover.astype(np.float32) / 255.0
        if not vary:
            return dark, cover
        rng = self.rng
        if rng.random() < 0.5:
            dark, cover = dark[:, ::-1], cover[:, ::-1]
        if rng.random() < 0.2:
            dark, cover = dark[::-1], cover[::-1]
        if rng.random() < 0.5:
            dark = dark[..., rng.permutation(3)]
        return dark * np.float32(rng.uniform(0.8, 1.15)), cover


def train(work: Path, steps: int, size: int, seed: int, rate: float, begin: float) -> Any:
    """The network after ``steps`` batches of ``size`` squares; the last file of ten is held out."""
    keras = load_keras()
    seed_everything(seed)
    files = sorted(f for f in work.glob("*.npy") if ".part" not in f.name)
    held, learned = files[9::10], [f for k, f in enumerate(files) if k % 10 != 9]
    squares, others = Squares(learned, seed), Squares(held, seed)
    model = build_ink_network(squares.pages[0].shape[2])
    schedule = keras.optimizers.schedules.CosineDecay(
        0.1 * rate, steps, warmup_target=rate, warmup_steps=min(100, steps // 10), alpha=0.01
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0), ink_loss)
    print(f"{len(squares.places)} squares to learn from, {len(others.places)} held out", flush=True)
    test = others.batch(min(128, len(others.places)), vary=False)
    last: list[float] = []
    for step in range(1, steps + 1):
        last.append(float(model.train_on_batch(*squares.batch(size))))
        if step % 200 == 0 or step == steps:
            seen = model.predict_on_batch(test[0])
            print(
                f"{step:6d} {time.time() - begin:7.0f} s  loss {np.mean(last):.4f}  "
                f"held out: {overlaps(test[1], seen)}",
                flush=True,
            )
            last = []
            export_ink_network(model, work / "last.onnx")
    return model, fingerprint(learned), len(squares.places), overlaps(test[1], seen)


def overlaps(truth: Any, found: Any) -> dict[str, float]:
    """Intersection over union of what is covered by half or more, for each layer."""
    out = {}
    for k, name in enumerate(LAYERS):
        a, b = truth[..., k] >= 0.5, found[..., k] >= 0.5
        out[name] = round(float((a & b).sum() / max(1, (a | b).sum())), 3)
    return out


def fingerprint(files: list[Path]) -> str:
    """SHA-256 over all pairs that were learned from."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """Make pairs, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["make", "train"])
    given = parser.parse_args()
    begin = time.time()
    if given.only != "train":
        make(given.work, given.records, given.pages, given.seed)
    if given.only == "make":
        return
    model, print_of, count, quality = train(
        given.work, given.steps, given.batch, given.seed, given.rate, begin
    )
    given.out.mkdir(parents=True, exist_ok=True)
    path = export_ink_network(model, given.out / "ink.onnx")
    about = {
        "version": 1, "seed": given.seed, "widths": WIDTHS, "pages": given.pages,
        "squares": count, "steps": given.steps, "batch": given.batch, "rate": given.rate,
        "recorded": given.records is not None, "held_out_overlap": quality,
        "pairs_sha256": print_of, "weights_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    (given.out / "ink.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    main()
