"""Whether the label can be told from what carries no waveform."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ecgpage.audit.auc import auc_with_interval
from ecgpage.audit.probe_model import out_of_fold
from ecgpage.audit.probes import Probe, find_probes
from ecgpage.audit.view import View
from ecgpage.values import Finding

STRONG = 0.6
"""An area whose interval lies above this is a warning: a network finds it too."""

LEAST_PAGES = 20


def check_shortcuts(view: View) -> Iterator[Finding]:
    """One finding for each probe: area under the curve of a small model, with its interval."""
    items = [item for item in view.dataset if item.label is not None and item.key in view.traits]
    classes = sorted({item.label for item in items if item.label is not None})
    if len(items) < LEAST_PAGES or len(classes) < 2:
        yield _untold(f"{len(items)} labelled pages of {len(classes)} classes are too few for it")
        return
    truth = np.array([classes.index(str(item.label)) for item in items])
    groups = [view.groups.get(item.key, item.key) for item in items]
    for probe in find_probes(items, [view.traits[item.key] for item in items]):
        yield _probe(view, probe, truth, groups)


def _probe(view: View, probe: Probe, truth: NDArray[np.int64], groups: list[str]) -> Finding:
    evidence = {"probe": probe.name, "in_pixels": probe.in_pixels, "columns": probe.table.shape[1]}
    if float(np.ptp(probe.table, axis=0).max()) == 0:
        statement = f"{_start(probe)}: the same on all pages, so it tells nothing."
        return Finding("shortcut", "note", (), statement, 0.5, evidence=evidence)
    scores = out_of_fold(probe.table, truth, groups, view.seed)
    if scores is None:
        return _untold(f"a class has pages of one group only, so '{probe.name}' was not tried")
    area, low, high = auc_with_interval(truth, scores, groups, view.seed)
    told = f"{_start(probe)}: AUC {area:.2f}"
    if low > STRONG:
        sight = (
            "A network that sees the whole page can use it"
            if probe.in_pixels
            else "It is no pixel, but it says how the data were gathered"
        )
        statement = f"{told}, without any waveform. {sight}. {probe.remedy}"
        severity = "warning"
    elif low > 0.5:
        statement, severity = f"{told}: it tells a little about the label.", "note"
    else:
        statement, severity = f"{told}: no more than chance can give.", "note"
    told_low, told_high = (low, high) if np.isfinite(low) else (None, None)
    return Finding("shortcut", severity, (), statement, area, told_low, told_high, evidence)


def _start(probe: Probe) -> str:
    return probe.name[0].upper() + probe.name[1:]


def _untold(why: str) -> Finding:
    return Finding("shortcut", "note", (), f"No shortcut could be looked for: {why}.")
