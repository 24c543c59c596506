"""Seconds for one training step of 32 pages of the notebook's network; prints JSON.

Needs Keras and the backend that KERAS_BACKEND names, nothing else: it runs in any environment.
"""

from __future__ import annotations

import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
start = time.perf_counter()
import keras  # noqa: E402
import numpy as np  # noqa: E402

imported_s = time.perf_counter() - start


def main() -> None:
    """Build, warm up, and time ten steps."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((128, 128, 1))])
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    for layer in (layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.5),
                  layers.Dense(1, activation="sigmoid")):  # fmt: skip
        model.add(layer)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    pages = rng.random((32, 128, 128, 1), dtype=np.float32)
    labels = (np.arange(32) % 2).astype(np.float32)[:, None]
    begun = time.perf_counter()
    model.train_on_batch(pages, labels)
    first_s = time.perf_counter() - begun
    model.train_on_batch(pages, labels)
    steps_s = []
    for _ in range(10):
        begun = time.perf_counter()
        model.train_on_batch(pages, labels)
        steps_s.append(time.perf_counter() - begun)
    figures = {"step s": float(np.median(steps_s)), "first step s": first_s, "import s": imported_s}
    print(json.dumps({name: f"{value:.3f}" for name, value in figures.items()}))


main()
