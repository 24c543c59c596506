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
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from ludb import fold_of, held_out, load_marks, load_record, load_rhythms, part_of, stems

from ecgpage import digitise, read, score
from ecgpage.measure import WaveSettings, find_waves
from ecgpage.measure.delineators import DELINEATORS
from ecgpage.measure.network_delineate import delineate_by_network
from ecgpage.values import LEADS, Page, Record, Refused, Wave, Waves

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
    """The records of a part: all, those set aside, or (for choices) the others."""
    names = [stem for stem in stems(folder) if fold_of(stem) in folds]
    if part == "held-out":
        return [stem for stem in names if held_out(stem)]
    if part in ("inner", "others"):
        return [stem for stem in names if not held_out(stem)]
    return names


def main() -> None:
    """Print one table for each method."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--methods", nargs="+", default=["network", "classical"])
    parser.add_argument(
        "--part", choices=("held-out", "others", "all", "inner"), default="held-out"
    )
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--models", type=Path, default=Path("build/delineator"))
    parser.add_argument("--layout", default=None, help="as on a page, e.g. 3x4+II")
    parser.add_argument("--pages", action="store_true", help="digitised from the folder's pages")
    parser.add_argument("--bpm", type=float, default=None, help="as they might be at this rate")
    parser.add_argument("--confidence", action="store_true", help="error by confidence")
    parser.add_argument("--most", type=int, default=1000, help="records")
    options = parser.parse_args()
    names = chosen_stems(options.folder, options.part, options.folds)[: options.most]
    rhythms = load_rhythms(options.folder)
    records = {stem: load_record(options.folder, stem) for stem in names}
    truths = {stem: load_marks(options.folder, stem) for stem in names}
    if options.bpm:
        for stem in names:
            records[stem], truths[stem] = hastened(records[stem], truths[stem], options.bpm)
    if options.pages:
        records = {k: v for k in names if (v := digitised(options.folder, k)) is not None}
        print(f"{len(names) - len(records)} of {len(names)} pages were refused")
        names = list(records)
        truths = {stem: shown_marks(truths[stem], records[stem]) for stem in names}
    elif options.layout:
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
        if options.confidence:
            print_confidence(truths, found)


def digitised(folder: Path, stem: str) -> Record | None:
    """The record as the digitiser reads it off the page; None where the page is refused."""
    page = next(iter(read.read_file(str(folder / "pages" / f"{stem}.png"))))
    assert isinstance(page, Page)
    try:
        return digitise.read_page(page).record
    except Refused:
        return None


def hastened(record: Record, truth: Waves, bpm: float) -> tuple[Record, Waves]:
    """The record and its marks as they might be at another rate.

    From each QRS complex of lead II to its T wave's end time is pressed as QT is by Bazett's
    formula, QRS itself a fifth as much (in logarithms), PR a half as much; what remains of the
    cycle gives way, down to nothing. The record is cut to the span that was marked.
    """
    beats = [w for w in truth.of("II", "QRS") if w.onset_s is not None and w.offset_s is not None]
    ends = [w.offset_s for w in truth.of("II", "T") if w.offset_s is not None]
    starts = [w.onset_s for w in truth.of("II", "P") if w.onset_s is not None]
    cycle = 60.0 / bpm
    old, new = [beats[0].onset_s], [0.0]
    for one, two in pairwise(beats):
        onset, offset, following = one.onset_s, one.offset_s, two.onset_s
        slow = (cycle / (following - onset)) ** 0.5
        t_end = next((t for t in ends if offset < t < following), None)
        p_start = next((t for t in starts if (t_end or offset) <= t < following), None)
        steps = [(offset, (offset - onset) * slow**0.2)]
        if t_end is not None:
            steps.append((t_end, (t_end - offset) * slow))
        after = (following - p_start) * slow**0.5 if p_start is not None else 0.0
        rest = max(cycle - sum(length for _, length in steps) - after, 0.004)
        if p_start is not None:
            steps += [(p_start, rest), (following, after)]
        else:
            steps.append((following, rest))
        for time_s, length in steps:
            if time_s > old[-1]:
                old.append(time_s)
                new.append(new[-1] + length)
    times = np.arange(0.0, new[-1], 1.0 / record.rate_hz)
    places = np.interp(times, new, old) * record.rate_hz
    grid = np.arange(record.signal_mv.shape[1])
    signal = np.stack([np.interp(places, grid, row) for row in record.signal_mv])

    def moved(time_s: float | None) -> float | None:
        if time_s is None or not old[0] <= time_s <= old[-1]:
            return None
        return float(np.interp(time_s, old, new))

    waves = tuple(
        Wave(w.lead, w.wave, moved(w.onset_s), moved(w.peak_s), moved(w.offset_s))
        for w in truth.waves
        if moved(w.peak_s) is not None
    )
    return replace(record, signal_mv=signal), Waves(waves)


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


def print_confidence(truths: dict[str, Waves], found: dict[str, Waves]) -> None:
    """Mean absolute error of the bounds in all leads, from the least sure waves to the surest."""
    print("mean error of onset and end in ms, by confidence: least sure tenth, to a quarter, ...")
    for kind in ("P", "QRS", "T"):
        rows = np.array(
            [
                (made.confidence, 1000 * abs(made.onset_s - true.onset_s),
                 1000 * abs(made.offset_s - true.offset_s))
                for stem in found
                for lead in LEADS
                for made in found[stem].of(lead, kind)
                for true in truths[stem].of(lead, kind)
                if abs(made.peak_s - true.peak_s) <= score.WITHIN_S
                and None not in (made.onset_s, made.offset_s, true.onset_s, true.offset_s)
            ]
        )  # fmt: skip
        edges = np.quantile(rows[:, 0], [0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
        line = f"{kind:<5}"
        for low, high in pairwise(edges):
            part = rows[(rows[:, 0] >= low) & (rows[:, 0] <= high)]
            line += f"  {low:.2f} to {high:.2f}: {part[:, 1].mean():.0f}, {part[:, 2].mean():.0f}"
        print(line)


if __name__ == "__main__":
    main()
