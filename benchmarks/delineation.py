"""The table of delineation: marks of P, QRS and T against the cardiologists' of LUDB.

    python benchmarks/delineation.py ../shared/data/ludb [--methods network classical ...]

Methods: ``network`` and ``classical`` (ours) and, where the package is installed, ``nk-peak``,
``nk-prominence``, ``nk-dwt``, ``nk-cwt`` (NeuroKit2, MIT) and ``openecg``. The network's
figures come from weights that have not seen the record, build/delineator/withoutK.onnx for the
records of part K, which benchmarks/train_delineator.py makes; part 0 is set aside, and with
``--part all`` all records are judged so. Seconds are processor seconds for 12 leads of 10 s.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from ludb import fold_of, held_out, load_marks, load_record, load_rhythms, part_of, stems

from ecgpage import score
from ecgpage.measure import WaveSettings, find_waves
from ecgpage.measure.delineators import DELINEATORS
from ecgpage.measure.network_delineate import delineate_by_network
from ecgpage.values import LEADS, Record, Wave, Waves

ROWS = [(kind, point) for kind in ("P", "QRS", "T") for point in ("onset", "peak", "offset")]
Method = Callable[[Record], Waves]


def own_method(name: str) -> Method:
    """One of the package's delineators."""
    return lambda record: find_waves(record, WaveSettings(delineator=name))


def network_method(weights: Path) -> Method:
    """The package's network with other weights."""
    DELINEATORS[str(weights)] = partial(delineate_by_network, weights=weights)
    return own_method(str(weights))


def method_for(name: str, stem: str, part: str, models: Path) -> Method:
    """The method as it may judge one record: the network with weights that did not see it."""
    if name != "network":
        if name in DELINEATORS:
            return own_method(name)
        from others import OTHERS

        return OTHERS[name]
    if part == "inner":
        return network_method(models / f"inner{fold_of(stem)}.onnx")
    return network_method(models / f"without{part_of(stem)}.onnx")


def chosen_stems(folder: Path, part: str, folds: Sequence[int]) -> list[str]:
    """The records of a part: all, those set aside, or (for choices) folds of the others."""
    names = [stem for stem in stems(folder) if fold_of(stem) in folds]
    if part == "held-out":
        return [stem for stem in names if held_out(stem)]
    if part == "inner":
        return [stem for stem in names if not held_out(stem)]
    return names


def main() -> None:
    """Print one table for each method."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--methods", nargs="+", default=["network", "classical"])
    parser.add_argument("--part", choices=("held-out", "all", "inner"), default="held-out")
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--models", type=Path, default=Path("build/delineator"))
    parser.add_argument("--layout", default=None, help="as on a page, e.g. 3x4+II")
    options = parser.parse_args()
    names = chosen_stems(options.folder, options.part, options.folds)
    rhythms = load_rhythms(options.folder)
    records = {stem: load_record(options.folder, stem) for stem in names}
    truths = {stem: load_marks(options.folder, stem) for stem in names}
    if options.layout:
        records = {k: score.mask_to_layout(v, options.layout) for k, v in records.items()}
        truths = {stem: shown_marks(truths[stem], records[stem]) for stem in names}
    for name in options.methods:
        found, seconds = {}, []
        for stem in names:
            method = method_for(name, stem, options.part, options.models)
            if not seconds:
                method(records[stem])  # what is loaded once does not count
            begun = time.process_time()
            found[stem] = method(records[stem])
            seconds.append(time.process_time() - begun)
        print(f"\n{name}: {len(names)} records ({options.part}), {np.median(seconds):.3f} s each")
        print_table(truths, found)
        print_atria(truths, found, rhythms)


def shown_marks(truth: Waves, record: Record) -> Waves:
    """The true marks of which the record shows the whole wave."""

    def shown(wave: Wave) -> bool:
        times = [t for t in (wave.onset_s, wave.peak_s, wave.offset_s) if t is not None]
        first, last = (round(t * record.rate_hz) for t in (min(times), max(times)))
        return bool(np.isfinite(record.lead(wave.lead)[first : last + 1]).all())

    return Waves(tuple(wave for wave in truth.waves if shown(wave)))


def print_table(truths: dict[str, Waves], found: dict[str, Waves]) -> None:
    """Sensitivity, PPV, mean and sd of the error: lead II, then all leads."""
    both = [
        score.add_scores(score.score_waves(truths[stem], found[stem], leads) for stem in found)
        for leads in (["II"], list(LEADS))
    ]
    print(f"{'':<13}{'lead II: Se':>11}{'PPV':>7}{'mean':>7}{'sd ms':>7}", end="")
    print(f"{'12 leads: Se':>15}{'PPV':>7}{'mean':>7}{'sd ms':>7}")
    for kind, point in ROWS:
        line = f"{kind + ' ' + point:<13}"
        for table, width in zip(both, (11, 15), strict=True):
            row = table[kind, point]
            line += f"{100 * row.sensitivity:>{width}.1f}{100 * row.precision:>7.1f}"
            line += f"{row.mean_ms:>7.1f}{row.sd_ms:>7.1f}"
        print(line)


def print_atria(truths: dict[str, Waves], found: dict[str, Waves], rhythms: dict[str, str]) -> None:
    """P waves invented in the records of atrial fibrillation."""
    names = [stem for stem in found if "fibrillation" in rhythms[stem]]
    if not names:
        return
    invented = {
        lead: [score.count_invented(truths[stem], found[stem], lead) for stem in names]
        for lead in LEADS
    }
    second, mean = np.mean(invented["II"]), np.mean([np.mean(v) for v in invented.values()])
    print(f"P invented in each of {len(names)} records of atrial fibrillation: ", end="")
    print(f"{second:.2f} in lead II, {mean:.2f} in a lead on average")


if __name__ == "__main__":
    main()
