"""Other people's delineators behind this project's values; none of them is a dependency.

``pip install neurokit2 pywavelets`` (MIT) and ``pip install openecg`` (Apache-2.0, with
TensorFlow as its runtime) bring them. openecg's network was trained on 159 of LUDB's 200
records, so that its row is no fair bar.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Record, Wave, Waves

Array = NDArray[np.float64]


def neurokit(method: str) -> Callable[[Record], Waves]:
    """NeuroKit2: R peaks from lead II, then each lead for itself."""

    def run(record: Record) -> Waves:
        import neurokit2 as nk

        rate = int(record.rate_hz)
        waves: list[Wave] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            second = nk.ecg_clean(record.lead("II"), sampling_rate=rate)
            beats = nk.ecg_peaks(second, sampling_rate=rate, correct_artifacts=False)[1]
            peaks = np.asarray(beats["ECG_R_Peaks"])
            for lead in record.leads:
                clean = nk.ecg_clean(record.lead(lead), sampling_rate=rate)
                try:
                    _, marks = nk.ecg_delineate(clean, peaks, sampling_rate=rate, method=method)
                except Exception as error:
                    print(f"{method} on {record.name} {lead}: {type(error).__name__}")
                    continue
                waves += _neurokit_waves(lead, marks, peaks, rate)
        return Waves(tuple(waves), tuple(float(peak) / rate for peak in peaks))

    return run


def _neurokit_waves(lead: str, marks: dict[str, Any], peaks: Array, rate: int) -> list[Wave]:
    def times(name: str) -> list[float | None]:
        found = [float(v) for v in marks.get(name, [])] or [np.nan] * len(peaks)
        return [None if np.isnan(v) else v / rate for v in found]

    waves = []
    for kind, short in (("P", "P"), ("QRS", "R"), ("T", "T")):
        middle = times(f"ECG_{short}_Peaks")
        if kind == "QRS":
            middle = [float(peak) / rate for peak in peaks]
        onset, offset = times(f"ECG_{short}_Onsets"), times(f"ECG_{short}_Offsets")
        for a, b, c in zip(onset, middle, offset, strict=False):
            if b is not None:
                waves.append(Wave(lead, kind, a, b, c))
    return waves


@cache
def _openecg_network() -> Any:
    from openecg.deploy import Inference

    return Inference()


def openecg(record: Record) -> Waves:
    """openecg's bundled network, which marks bounds; the peak is the largest excursion."""
    from scipy.signal import resample_poly

    rate, waves = 250.0, []
    for lead in record.leads:
        row = resample_poly(record.lead(lead), int(rate), int(record.rate_hz))
        for number, window in enumerate(_openecg_network().predict(row)):
            for found in window:
                first, last = (2500 * number + edge for edge in (found.start, found.end))
                piece = row[first : last + 1]
                if len(piece) < 2:
                    continue
                away = np.abs(piece - np.linspace(piece[0], piece[-1], len(piece)))
                peak = first + int(np.argmax(away))
                waves.append(Wave(lead, found.name, first / rate, peak / rate, last / rate))
    return Waves(tuple(waves))


OTHERS: dict[str, Callable[[Record], Waves]] = {
    "nk-peak": neurokit("peak"),
    "nk-prominence": neurokit("prominence"),
    "nk-dwt": neurokit("dwt"),
    "nk-cwt": neurokit("cwt"),
    "openecg": openecg,
}
