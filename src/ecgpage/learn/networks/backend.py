"""Keras, loaded when it is first needed and on the backend that measured fastest."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ecgpage.values import missing_extra

THREADS = {"TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "1"}
"""How many threads TensorFlow computes with, whatever the machine has: sums are split by threads,
and rounding that differs in the seventh digit grows over thirty epochs into another network. With
them a process on one core and one on two end with the same bits; without, they do not. Another
kind of processor has other kernels and may still round otherwise. More threads than two help
networks larger than those here; where the variables are set already they are kept."""


def load_keras() -> Any:
    """The module ``keras``.

    ``KERAS_BACKEND`` is respected; unset, TensorFlow is taken: a training step of 32 pages of
    the ``seed`` network took 0.154 s on 2 cores against 0.39 s with PyTorch and 0.77 s with
    JAX.

    Raises
    ------
    WrongUse
        Where Keras or its backend is not installed, with the pip command.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name, number in THREADS.items():
        os.environ.setdefault(name, number)
    if "keras" in sys.modules:
        return sys.modules["keras"]
    try:
        with _quiet():
            return importlib.import_module("keras")
    except ImportError as error:
        raise missing_extra(error.name or "keras", "train", "training") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what a backend's libraries print on standard error while loading to themselves.

    TensorFlow announces its optimisations there before any log level can reach it. Errors are
    exceptions and come through.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and the backend, and ask TensorFlow for repeatable kernels.

    Measured on 2 cores, the repeatable kernels cost nothing: 0.60 s a step of 32 pages of
    480x276 with and without.
    """
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        tensorflow = importlib.import_module("tensorflow")
        tensorflow.config.experimental.enable_op_determinism()
