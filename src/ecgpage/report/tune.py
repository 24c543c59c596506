"""Pictures of a study: its course, its trials by epoch, and what each setting did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecgpage.values import write_beside

DONE, PRUNED, BEST = "#0b6e99", "#b8b8b8", "#c26a1b"
LOGARITHMIC: tuple[str, ...] = ("learning_rate", "width_factor")


def draw_study(
    trials: Sequence[Mapping[str, Any]],
    importances: Mapping[str, float],
    path: str | Path,
    title: str = "",
) -> Path:
    """Draw a study as one PNG.

    Parameters
    ----------
    trials:
        Rows with ``number``, ``state``, ``value``, ``parameters`` and ``by_epoch``.
    importances:
        Share of each setting, may be empty.
    """
    from matplotlib.figure import Figure

    names = sorted({name for trial in trials for name in trial["parameters"]})
    rows = 1 + -(-len(names) // 3)
    figure = Figure(figsize=(12, 3.2 * rows), layout="constrained", facecolor="white")
    axes = figure.subplots(rows, 3, squeeze=False)
    _course(axes[0][0], trials)
    _epochs(axes[0][1], trials)
    _bars(axes[0][2], importances)
    places = [axis for row in axes[1:] for axis in row]
    for axis, name in zip(places, names, strict=False):
        _scatter(axis, trials, name)
    for axis in places[len(names) :]:
        axis.set_visible(False)
    for axis in (axis for row in axes for axis in row):
        axis.spines[["top", "right"]].set_visible(False)
    if title:
        figure.suptitle(title, fontsize=11)
    path = Path(path)
    with write_beside(path) as aside:
        figure.savefig(aside, dpi=100, format="png")
    return path


def _course(axis: Any, trials: Sequence[Mapping[str, Any]]) -> None:
    """Value of each finished trial, and the best up to then."""
    done = [(t["number"], t["value"]) for t in trials if t["value"] is not None]
    axis.plot([n for n, _ in done], [v for _, v in done], "o", ms=4, color=DONE, label="finished")
    best = [max(v for _, v in done[: i + 1]) for i in range(len(done))]
    axis.step([n for n, _ in done], best, where="post", color=BEST, lw=1.5, label="best so far")
    pruned = [t for t in trials if t["state"] == "pruned" and t["by_epoch"]]
    last = [t["by_epoch"][max(t["by_epoch"], key=int)] for t in pruned]
    axis.plot([t["number"] for t in pruned], last, "x", ms=4, color=PRUNED, label="stopped early")
    axis.set(title="trials", xlabel="trial", ylabel="validation AUC")
    axis.legend(fontsize=8, frameon=False)


def _epochs(axis: Any, trials: Sequence[Mapping[str, Any]]) -> None:
    """Validation AUC of each trial over its epochs."""
    top = max((t["value"] for t in trials if t["value"] is not None), default=None)
    for trial in trials:
        points = sorted((int(epoch), value) for epoch, value in trial["by_epoch"].items())
        colour = PRUNED if trial["value"] is None else DONE
        is_best = trial["value"] is not None and trial["value"] == top
        axis.plot(
            [epoch for epoch, _ in points],
            [value for _, value in points],
            color=BEST if is_best else colour,
            lw=1.8 if is_best else 0.9,
            marker="." if len(points) == 1 else "",
        )
    axis.set(title="epoch by epoch", xlabel="epoch", ylabel="validation AUC")


def _bars(axis: Any, importances: Mapping[str, float]) -> None:
    """What share of the variance each setting explains."""
    names = sorted(importances, key=lambda name: importances[name])
    axis.barh(
        [name.replace("_", " ") for name in names],
        [importances[name] for name in names],
        color=DONE,
    )
    axis.set(title="importance (functional ANOVA)", xlabel="share of the variance")
    if not names:
        axis.text(0.5, 0.5, "too few finished trials", ha="center", transform=axis.transAxes)
        axis.set_yticks([])


def _scatter(axis: Any, trials: Sequence[Mapping[str, Any]], name: str) -> None:
    """Value against one setting."""
    points = [
        (trial["parameters"][name], trial["value"], trial["number"])
        for trial in trials
        if trial["value"] is not None and name in trial["parameters"]
    ]
    values = [str(x) if isinstance(x, bool) else x for x, _, _ in points]
    axis.scatter(values, [y for _, y, _ in points], s=18, c=DONE, alpha=0.75)
    if points:
        top = max(range(len(points)), key=lambda i: points[i][1])
        axis.scatter([values[top]], [points[top][1]], s=70, fc="none", ec=BEST, lw=1.8)
    if name in LOGARITHMIC:
        from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
    if name == "depth":
        axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set(title=name.replace("_", " "), ylabel="validation AUC")
