"""The plots of an evaluation, each a function from its figures to a drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ecgpage.report.plotting import BAND, INK, LINE, MODEL, OTHER

Found = Mapping[str, Any]


def draw_baselines(figure: Figure, found: Found) -> None:
    """AUC of the model and of everything beside it, with intervals, best known first."""
    rows = [("this model", found["figures"]["auc"], MODEL)]
    rows += [
        (name, base["figures"]["auc"], OTHER)
        for name, base in found["baselines"].items()
        if base["figures"] is not None and base["figures"]["auc"]["value"] is not None
    ]
    axes = figure.subplots()
    for place, (_, auc, colour) in enumerate(reversed(rows)):
        if auc["value"] is None:
            continue
        if auc["low"] is not None:
            axes.plot([auc["low"], auc["high"]], [place, place], color=colour, lw=2.5)
        axes.plot([auc["value"]], [place], "o", color=colour, ms=7)
        axes.annotate(
            f"{auc['value']:.3f}", (auc["value"], place), (0, 7), textcoords="offset points",
            ha="center", fontsize=9,
        )  # fmt: skip
    axes.axvline(0.5, color=INK, lw=0.8, ls=(0, (3, 3)))
    axes.set_yticks(range(len(rows)), [name for name, _, _ in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.3)
    lowest = min([a["low"] if a["low"] is not None else a["value"] or 0.5 for _, a, _ in rows])
    axes.set_xlim(min(0.45, lowest - 0.03), 1.02)
    axes.set_xlabel("area under the ROC curve (0.5: chance, 1: faultless)")
    axes.grid(axis="y", visible=False)


def draw_roc(figure: Figure, found: Found) -> None:
    """Sensitivity against 1 - specificity, with its band and the point of the threshold."""
    axes = _square(figure)
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=(0, (3, 3)))
    _curves(axes, found, "roc")
    here = found["figures"]
    if found["threshold"] is not None and here["sensitivity"]["value"] is not None:
        spec = here["specificity"]["value"]
        if spec is not None:
            axes.plot(1 - spec, here["sensitivity"]["value"], "o", ms=9, mfc="none", mec=OTHER,
                      mew=2, label="at the threshold")  # fmt: skip
    axes.set_xlabel("1 - specificity (false alarms)")
    axes.set_ylabel("sensitivity (found)")
    axes.legend(loc="lower right")


def draw_precision_recall(figure: Figure, found: Found) -> None:
    """Precision against recall, with the share of positives as the line to beat."""
    axes = _square(figure)
    _curves(axes, found, "pr")
    counts, positive = found["data"]["by_class"], found["model"]["positive"]
    if found["threshold"] is not None:
        share = counts.get(positive, 0) / sum(counts.values())
        axes.axhline(share, color=INK, lw=0.8, ls=(0, (3, 3)), label="calling everything positive")
    axes.set_xlabel("recall (sensitivity)")
    axes.set_ylabel("precision (of those called, truly positive)")
    axes.legend(loc="lower left")


def _curves(axes: Any, found: Found, kind: str) -> None:
    curves = found["curves"]
    for number, (name, both) in enumerate(curves.items()):
        curve = both[kind]
        colour = MODEL if len(curves) == 1 else f"C{number}"
        if len(curves) == 1:
            axes.fill_between(
                curve["grid"], curve["low"], curve["high"], color=BAND, lw=0, label="95 % band"
            )
        label = "this model" if len(curves) == 1 else f"{name} against the rest"
        if kind == "roc":
            axes.plot(curve["x"], curve["y"], color=colour, lw=2, label=label)
        else:
            axes.step(curve["x"], curve["y"], where="pre", color=colour, lw=2, label=label)


def draw_calibration(figure: Figure, found: Found) -> None:
    """What was said against what came true, before and after the temperature."""
    axes = _square(figure)
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=(0, (3, 3)), label="perfect")
    shown = (("before", OTHER, "before temperature"), ("after", MODEL, "as reported"))
    for name, colour, label in shown:
        rows = found["calibration"][name]
        x = [row["mean_probability"] for row in rows]
        y = [row["observed"] for row in rows]
        sizes = [12 + 90 * np.sqrt(row["count"] / found["data"]["n"]) for row in rows]
        axes.plot(x, y, color=colour, lw=1, alpha=0.55)
        axes.scatter(x, y, s=sizes, color=colour, label=label, zorder=3)
    axes.set_xlabel("stated probability (mean of the bin)")
    axes.set_ylabel("share that came true")
    axes.legend(loc="upper left")


def draw_probabilities(figure: Figure, found: Found) -> None:
    """How often each probability was given, by true class."""
    axes = figure.subplots()
    positive = found["model"]["positive"]
    edges = np.linspace(0, 1, 21).tolist()
    others = [name for name in found["model"]["classes"] if name != positive]
    names = ((positive, MODEL), (others[0] if len(others) == 1 else "other classes", OTHER))
    for name, colour in names:
        values = [
            row["probability"]
            for row in found["pages"]
            if (row["label"] == positive) == (name == positive)
        ]
        axes.hist(values, edges, histtype="step", lw=2, color=colour, label=name)
    level = found["threshold"]
    if isinstance(level, float):
        axes.axvline(level, color=INK, lw=1, ls=(0, (3, 3)), label="threshold")
    axes.set_xlabel(f"probability of {positive}")
    axes.set_ylabel("pages")
    axes.set_xlim(0, 1)
    axes.legend()


def draw_confusion(figure: Figure, found: Found) -> None:
    """True class by row, called class by column."""
    table = np.array(found["confusion"]["rows"])
    names = found["confusion"]["labels"]
    axes = figure.subplots()
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1.4)
    for (row, column), count in np.ndenumerate(table):
        axes.text(column, row, str(count), ha="center", va="center", fontsize=13)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("called")
    axes.set_ylabel("truth")
    axes.grid(visible=False)


def _square(figure: Figure) -> Any:
    axes = figure.subplots()
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    return axes


PLOTS = {
    "baselines": (draw_baselines, (8.0, 2.6)),
    "roc": (draw_roc, (4.6, 4.6)),
    "precision_recall": (draw_precision_recall, (4.6, 4.6)),
    "calibration": (draw_calibration, (4.6, 4.6)),
    "probabilities": (draw_probabilities, (4.6, 3.6)),
    "confusion": (draw_confusion, (3.6, 3.2)),
}
"""Name of each plot, what draws it, and its size in inches."""

__all__ = ["LINE", "PLOTS"]
