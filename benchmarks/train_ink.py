"""Train the ink network and write it into the package.

    python benchmarks/train_ink.py --records ../shared/data/ptbxl/records --work /tmp/ink

makes pairs from rendered pages (records are simulated; one in three is a recorded one with an
odd stem where ``--records`` is given), trains, and writes ``ink.onnx`` and ``ink.json``. Pages
are made beside the training, which takes in one more every few steps and waits where it is
ahead, so that one seed decides all. Pairs that lie in ``--work`` already are kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from ink_pairs import SIZE_PX, page_pairs, records

from ecgpage.digitise.ink.network import PAPER
from ecgpage.learn.ink_unet import LAYERS, WIDTHS, build_ink_network, export_ink_network, ink_loss
from ecgpage.learn.networks import load_keras
from ecgpage.learn.networks.backend import seed_everything

FIRST_PAGES, STEPS_A_PAGE = 24, 8
"""Pages to begin with, and steps after which one more is taken in."""
TARGET = Path(__file__).parent.parent / "src/ecgpage/digitise/weights"


def make(work: Path, folder: Path | None, pages: int, seed: int) -> None:
    """One file of pairs for each page: (squares, side, side, 3 + 4), uint8."""
    work.mkdir(parents=True, exist_ok=True)
    for record, own in records(folder, pages, seed):
        path = work / f"{own:09d}.npy"
        if path.exists():
            continue
        pairs = np.stack([np.concatenate(pair, axis=2) for pair in page_pairs(record, own)])
        aside = path.with_suffix(".part.npy")
        np.save(aside, pairs)
        aside.rename(path)


class Squares:
    """Pairs from files, in an order and with variations that the seed decides."""

    def __init__(self, seed: int) -> None:
        self.pages: list[Any] = []
        self.places: list[tuple[int, int]] = []
        self.rng = np.random.default_rng([seed, 81])
        self.order: list[int] = []

    def add(self, file: Path) -> None:
        """Take one more page in; its squares come next, mixed with those that were to come."""
        page = np.load(file, mmap_mode="r")
        first = len(self.places)
        self.pages.append(page)
        self.places += [(len(self.pages) - 1, k) for k in range(len(page))]
        self.order += range(first, len(self.places))
        self.rng.shuffle(self.order)

    def batch(self, count: int) -> tuple[Any, Any]:
        """The next squares: darkness and coverage, (count, side, side, 3 and 4), float32."""
        while len(self.order) < count:
            self.order += [int(i) for i in self.rng.permutation(len(self.places))]
        picked, self.order = self.order[:count], self.order[count:]
        both = [self._one(self.places[i], vary=True) for i in picked]
        return np.stack([b[0] for b in both]), np.stack([b[1] for b in both])

    def all(self, most: int) -> tuple[Any, Any]:
        """Every so many squares as they are, ``most`` in all."""
        picked = self.places[:: max(1, len(self.places) // most)][:most]
        both = [self._one(place, vary=False) for place in picked]
        return np.stack([b[0] for b in both]), np.stack([b[1] for b in both])

    def _one(self, place: tuple[int, int], vary: bool) -> tuple[Any, Any]:
        both = self.pages[place[0]][place[1]]
        given, cover = both[..., :3], both[..., 3:]
        dark = 1.0 - given.astype(np.float32) / PAPER
        cover = cover.astype(np.float32) / 255.0
        cover[..., 0] = np.maximum(cover[..., 0], cover[..., 1])
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


def page_file(work: Path, number: int, seed: int) -> Path:
    """The file of a page, as soon as it is there."""
    path = work / f"{seed * 100_000 + number:09d}.npy"
    while not path.exists():
        time.sleep(1.0)
    return path


def train(given: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The network, and what it learned from; every tenth page is held out."""
    keras = load_keras()
    seed_everything(given.seed)
    begin = time.time()
    squares, others = Squares(given.seed), Squares(given.seed)
    learned: list[Path] = []
    taken = 0
    model = build_ink_network(SIZE_PX)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.1 * given.rate, given.steps, warmup_target=given.rate, warmup_steps=100, alpha=0.01
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0), ink_loss)
    last: list[float] = []
    quality: dict[str, float] = {}
    for step in range(1, given.steps + 1):
        while taken < min(given.pages, FIRST_PAGES + step // STEPS_A_PAGE):
            file = page_file(given.work, taken, given.seed)
            (others if taken % 10 == 9 else squares).add(file)
            learned += [] if taken % 10 == 9 else [file]
            taken += 1
        last.append(float(model.train_on_batch(*squares.batch(given.batch))))
        if step % 250 == 0 or step == given.steps:
            test = others.all(min(160, len(others.places)))
            quality = overlaps(test[1], model.predict(test[0], batch_size=8, verbose=0))
            print(
                f"{step:6d} of {given.steps}  {time.time() - begin:6.0f} s  {taken} pages  "
                f"loss {np.mean(last):.4f}  held out {quality}",
                flush=True,
            )
            last = []
            export_ink_network(model, given.work / "last.onnx")
    about = {"squares": len(squares.places), "held_out_overlap": quality}
    return model, {**about, "pairs_sha256": fingerprint(learned)}


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
    parser.add_argument("--pages", type=int, default=320)
    parser.add_argument("--steps", type=int, default=3200)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["make", "train"])
    given = parser.parse_args()
    maker = multiprocessing.get_context("spawn").Process(
        target=make, args=(given.work, given.records, given.pages, given.seed), daemon=True
    )
    if given.only != "train":
        maker.start()
    if given.only == "make":
        maker.join()
        return
    model, learned = train(given)
    given.out.mkdir(parents=True, exist_ok=True)
    path = export_ink_network(model, given.out / "ink.onnx")
    about = {
        "version": 1, "seed": given.seed, "widths": WIDTHS, "pages": given.pages,
        "steps": given.steps, "batch": given.batch, "rate": given.rate,
        "recorded": given.records is not None, **learned,
        "weights_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    (given.out / "ink.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    main()
