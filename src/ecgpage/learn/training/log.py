"""The log of a training: one row an epoch, as CSV and for TensorBoard."""

from __future__ import annotations

import csv
import importlib
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ecgpage.values import missing_extra, write_beside


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to; ``epoch`` counts from 1, losses are cross-entropies.

    The training figures are means over the epoch while the weights changed, with augmentation
    and class weights; the validation figures are of the weights after it, without either.
    """

    epoch: int
    learning_rate: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_auc: float
    seconds: float


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Epoch))


def write_history(history: Sequence[Epoch], path: Path) -> None:
    """Write the epochs as CSV, aside and then renamed."""
    with write_beside(path) as aside, aside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(epoch) for epoch in history)


def write_tensorboard(folder: Path, history: Sequence[Epoch]) -> Path:
    """Write the epochs as one TensorBoard event file, in place of the one before.

    The records are written with TensorFlow's own protocol buffers and record writer; the
    package ``tensorboard`` is needed to look at them, not to write them.
    """
    try:
        tf: Any = importlib.import_module("tensorflow")
    except ImportError as error:
        raise missing_extra("tensorflow", "train", "--tensorboard") from error
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "events.out.tfevents.ecgpage"
    aside = folder / "part.events"
    event, summary = tf.compat.v1.Event, tf.compat.v1.Summary
    now = time.time()
    with tf.io.TFRecordWriter(os.fspath(aside)) as writer:
        writer.write(event(wall_time=now, file_version="brain.Event:2").SerializeToString())
        for epoch in history:
            values = [
                summary.Value(tag=name, simple_value=float(value))
                for name, value in asdict(epoch).items()
                if name != "epoch"
            ]
            record = event(wall_time=now, step=epoch.epoch, summary=summary(value=values))
            writer.write(record.SerializeToString())
    aside.replace(path)
    return path
