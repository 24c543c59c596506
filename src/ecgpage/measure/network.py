"""The delineating network: leads in, probabilities of P, QRS and T and of their peaks out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.network_input import IN_HZ, network_input
from ecgpage.measure.prepare import at_rate

Array = NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "weights" / "delineator.onnx"
"""Made by benchmarks/train_delineator.py."""
CELL_S = 2.0 / IN_HZ
"""One cell of the output: 8 ms."""
STEP = 32
"""The input's length must be a multiple: five levels, each of half the rate."""
PIECE, OVERLAP = 320 * STEP, 32 * STEP
"""A long record goes through in pieces of 41 s that overlap by 4 s."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What the network says.

    Attributes
    ----------
    waves : ndarray, shape (lead, cell, 4)
        Probabilities of nothing, P, QRS, T; cell k lies around ``cell_time(k)``.
    peaks : ndarray, shape (lead, cell, 3)
        Probabilities that a cell holds the peak of a P, QRS, T.
    seen : ndarray, shape (lead, cell), bool
        False where the lead is not seen or flat.
    """

    waves: Array
    peaks: Array
    seen: NDArray[np.bool_]


def cell_time(cell: Any) -> Any:
    """The middle of a cell, which covers two samples, in seconds."""
    return (2.0 * cell + 0.5) / IN_HZ


def score_leads(signal_mv: Array, rate_hz: float, weights: Path | None = None) -> Scores:
    """Run the network over all leads of a record."""
    given = network_input(at_rate(signal_mv, rate_hz, IN_HZ)).astype(np.float32)
    count = given.shape[1]
    padded = max(STEP, -(-count // STEP) * STEP)
    given = np.pad(given, ((0, 0), (0, padded - count), (0, 0)))
    session = _session(weights or WEIGHTS, os.getpid())
    out = np.zeros((len(given), padded // 2, 7))
    begin = 0
    while begin < padded:
        end = min(padded, begin + PIECE)
        piece = session.run(None, {"leads": given[None, :, begin:end]})[0][0]
        skip = OVERLAP // 4 if begin else 0  # cells: the first half of the overlap
        out[:, begin // 2 + skip : end // 2] = piece[:, skip:]
        if end == padded:
            break
        begin = end - OVERLAP
    seen = given[:, ::2, 1] + given[:, 1::2, 1] > 1.5
    raised = np.exp(out[..., :4] - out[..., :4].max(axis=-1, keepdims=True))
    waves = raised / raised.sum(axis=-1, keepdims=True)
    waves[~seen] = (1.0, 0.0, 0.0, 0.0)
    peaks = 1.0 / (1.0 + np.exp(-out[..., 4:]))
    return Scores(waves, peaks, seen)


@lru_cache(maxsize=4)
def _session(weights: Path, _process: int) -> Any:
    """One session for each weight file and process, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(weights), sess_options=options, providers=["CPUExecutionProvider"]
    )
