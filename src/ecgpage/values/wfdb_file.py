"""A record as WFDB files, the field's exchange format."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ecgpage.values.record import Record

STEPS_PER_MV = 1000
"""Resolution: 1 microvolt."""

INVALID = -32768
"""WFDB's mark, in its 16-bit format, for a sample that was not seen."""


def write_wfdb(record: Record, folder: Path, stem: str) -> None:
    """Write a record as WFDB: 16 bits, 1 microvolt a step, NaN as the format's invalid sample.

    The files ``stem.hea`` and ``stem.dat`` are written in place: name a folder that is aside.
    """
    import wfdb

    steps = np.round(np.nan_to_num(record.signal_mv, nan=0.0) * STEPS_PER_MV)
    steps = np.clip(steps, INVALID + 1, -INVALID - 1)
    steps = np.where(np.isfinite(record.signal_mv), steps, INVALID).astype(np.int64)
    count = len(record.leads)
    wfdb.wrsamp(
        stem, fs=record.rate_hz, units=["mV"] * count, sig_name=list(record.leads),
        d_signal=np.ascontiguousarray(steps.T), fmt=["16"] * count,
        adc_gain=[float(STEPS_PER_MV)] * count, baseline=[0] * count, write_dir=str(folder),
    )  # fmt: skip
