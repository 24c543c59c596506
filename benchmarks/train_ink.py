"""Train the ink network; ``quantise_ink.py`` makes of it what the package holds.

    python benchmarks/train_ink.py --records ../shared/data/ptbxl/records --work /tmp/ink

makes pairs from rendered pages (records are simulated; one in three is a recorded one with an
odd stem where ``--records`` is given), trains, and writes ``ink.onnx`` and ``ink.json`` to
``--work``. Pages are made beside the training by ``--makers`` processes; one more is taken in
every few steps, in order, and the training waits where it is ahead, so that one seed decides all.
Pairs that lie in ``--work`` already are kept. With ``KERAS_BACKEND=torch`` it trains on a GPU
where there is one; ``--shape`` trains another size of network, and ``--only`` makes or trains
alone, so that several sizes can learn from the same pages at once. ``--stop`` ends before the
rate has fallen, ``--start`` goes on from weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
from ink_pairs import SIZE_PX, page_pairs, records

from ecgpage.digitise.ink.network import PAPER
from ecgpage.learn.ink_unet import (
    LAYERS,
    SHAPE,
    InkShape,
    build_ink_network,
    export_ink_network,
    ink_loss,
)
from ecgpage.learn.networks import load_keras
from ecgpage.learn.networks.backend import seed_everything

FIRST_PAGES = 48
"""Pages to begin with."""
SHAPES = {
    "package": SHAPE,
    "two-16": InkShape(2, (16, 32, 48, 64), again=True, side=True),
    "four-48": InkShape(4, (48, 64, 96), last=1),
    "four-48-deep": InkShape(4, (48, 64, 64, 96)),
}
"""The package's, and others that were tried."""


def make(given: argparse.Namespace, first: int) -> None:
    """One file of pairs for each page: (squares, side, side, 3 + 4), uint8.

    One of ``--makers`` that share the pages: of every so many it makes the one numbered ``first``.
    """
    import cv2

    cv2.setNumThreads(1)
    given.work.mkdir(parents=True, exist_ok=True)
    for k, (record, own) in enumerate(records(given.records, given.pages, given.seed)):
        path = given.work / f"{own:09d}.npy"
        if k % given.makers != first or path.exists():
            continue
        pairs = page_pairs(record, own, given.squares)
        aside = path.with_suffix(".part.npy")
        np.save(aside, np.stack([np.concatenate(pair, axis=2) for pair in pairs]))
        aside.rename(path)


class Squares:
    """Pairs from files, in an order that the seed decides."""

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

    def batch(self, count: int) -> Any:
        """The next squares: (count, side, side, 3 + 4), uint8."""
        while len(self.order) < count:
            self.order += [int(i) for i in self.rng.permutation(len(self.places))]
        picked, self.order = self.order[:count], self.order[count:]
        return np.stack([self.pages[p][k] for p, k in (self.places[i] for i in picked)])

    def some(self, most: int) -> Any:
        """Every so many squares, ``most`` in all."""
        picked = self.places[:: max(1, len(self.places) // most)][:most]
        return np.stack([self.pages[p][k] for p, k in picked])


def as_numbers(both: Any) -> tuple[Any, Any]:
    """Darkness and coverage of squares, float32, where Keras computes."""
    ops = load_keras().ops
    numbers = ops.cast(ops.convert_to_tensor(both), "float32")
    line = ops.maximum(numbers[..., 3:4], numbers[..., 4:5])
    return 1.0 - numbers[..., :3] / PAPER, ops.concatenate([line, numbers[..., 4:]], -1) / 255.0


def vary(dark: Any, cover: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Squares mirrored, seldom turned over, in other colours, lighter or darker."""
    ops, count = load_keras().ops, len(dark)
    for axis, share in ((2, 0.5), (1, 0.2)):
        turned = ops.convert_to_tensor(rng.random((count, 1, 1, 1)) < share)
        dark = ops.where(turned, ops.flip(dark, axis), dark)
        cover = ops.where(turned, ops.flip(cover, axis), cover)
    mix = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
    for k in range(count):
        if rng.random() < 0.5:
            mix[k] = mix[k][rng.permutation(3)]
    mix *= rng.uniform(0.8, 1.15, (count, 1, 1)).astype(np.float32)
    return ops.einsum("nrck,nkl->nrcl", dark, ops.convert_to_tensor(mix)), cover


class Pages:
    """The pages' files, taken in as soon as they are there; every tenth is held out."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.squares, self.others = Squares(given.seed), Squares(given.seed)
        self.learned: list[Path] = []
        self.taken = 0

    def batches(self) -> Iterator[Any]:
        """Squares for every step."""
        given = self.given
        for step in range(given.steps):
            while self.taken < min(given.pages, FIRST_PAGES + step * given.pages_a_step):
                file = given.work / f"{given.seed * 100_000 + self.taken:09d}.npy"
                while not file.exists():
                    time.sleep(0.2)
                held_out = self.taken % 10 == 9
                (self.others if held_out else self.squares).add(file)
                self.learned += [] if held_out else [file]
                self.taken += 1
            yield self.squares.batch(given.batch)


def ahead(items: Iterator[Any], most: int = 8) -> Iterator[Any]:
    """The same items, fetched by a thread of their own."""
    queue: Queue[Any] = Queue(most)

    def fetch() -> None:
        for item in items:
            queue.put(item)
        queue.put(None)

    threading.Thread(target=fetch, daemon=True).start()
    while (item := queue.get()) is not None:
        yield item


def train(given: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The network, and what it learned from."""
    keras = load_keras()
    seed_everything(given.seed)
    begin = time.time()
    shape = SHAPES[given.shape]
    model = build_ink_network(SIZE_PX, shape)
    if given.start:
        model.load_weights(given.start)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.1 * given.rate, given.steps, warmup_target=given.rate, warmup_steps=100, alpha=0.01
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-4, clipnorm=1.0), ink_loss)
    pages = Pages(given)
    rng = np.random.default_rng([given.seed, 82])
    losses: list[Any] = []
    quality: dict[str, float] = {}
    for step, both in enumerate(ahead(pages.batches()), 1):
        loss = model.train_on_batch(*vary(*as_numbers(both), rng))
        losses += [float(loss)] if step % 25 == 0 else []
        last = step in (given.steps, given.stop)
        if step % given.told == 0 or last:
            quality = overlaps(model, pages.others.some(320))
            print(
                f"{step:6d} of {given.steps}  {time.time() - begin:6.0f} s  {pages.taken} pages  "
                f"loss {np.mean(losses or [np.nan]):.4f}  held out {quality}",
                flush=True,
            )
            losses = []
            model.save_weights(given.work / f"{given.shape}.weights.h5")
        if last:
            break
    return model, {
        "squares": len(pages.squares.places), "held_out_overlap": quality,
        "pairs_sha256": fingerprint(pages.learned),
    }  # fmt: skip


def overlaps(model: Any, squares: Any) -> dict[str, float]:
    """Intersection over union of what is covered by half or more, for each layer."""
    ops = load_keras().ops
    both, either = np.zeros(len(LAYERS)), np.zeros(len(LAYERS))
    for k in range(0, len(squares), 32):
        dark, cover = as_numbers(squares[k : k + 32])
        found = model.predict_on_batch(dark) >= 0.5
        truth = ops.convert_to_numpy(cover) >= 0.5
        both += (truth & found).sum(axis=(0, 1, 2))
        either += (truth | found).sum(axis=(0, 1, 2))
    return {n: round(float(b / max(1, e)), 4) for n, b, e in zip(LAYERS, both, either, strict=True)}


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
    parser.add_argument("--pages", type=int, default=320)
    parser.add_argument("--squares", type=int, default=32, help="of each page")
    parser.add_argument("--steps", type=int, default=3200)
    parser.add_argument("--pages-a-step", type=float, default=0.125)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", choices=SHAPES, default="package")
    parser.add_argument("--makers", type=int, default=1)
    parser.add_argument("--told", type=int, default=250, help="steps from one line to the next")
    parser.add_argument("--stop", type=int, default=0, help="after so many of the steps")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--only", choices=["make", "train"])
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    makers = [
        context.Process(target=make, args=(given, k), daemon=True)
        for k in range(given.makers if given.only != "train" else 0)
    ]
    for maker in makers:
        maker.start()
    if given.only == "make":
        for maker in makers:
            maker.join()
        return
    model, learned = train(given)
    path = export_ink_network(model, given.work / "ink.onnx", SHAPES[given.shape])
    settings = ("seed", "pages", "steps", "pages_a_step", "batch", "rate")
    about = {
        "version": 2, "shape": asdict(SHAPES[given.shape]), "recorded": given.records is not None,
        **{name: getattr(given, name) for name in settings},
        **learned, "float_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    if given.start:
        before = given.start.with_suffix(".json")
        about["start"] = json.loads(before.read_text()) if before.exists() else {}
        about["start"]["weights_sha256"] = hashlib.sha256(given.start.read_bytes()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
