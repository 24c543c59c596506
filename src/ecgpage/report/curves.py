"""Curves of a training: loss, accuracy and area under the ROC curve over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecgpage.values import write_beside

PANELS: tuple[tuple[str, str, str | None], ...] = (
    ("loss (cross-entropy)", "validation_loss", "loss"),
    ("accuracy", "validation_accuracy", "accuracy"),
    ("area under the ROC curve", "validation_auc", None),
)
"""Title, column of the validation part and column of training, where there is one."""

VALIDATION, TRAINING = "#0b6e99", "#c26a1b"


def draw_curves(
    histories: Sequence[Sequence[Mapping[str, Any]]],
    best_epochs: Sequence[int],
    path: str | Path,
    title: str = "",
) -> Path:
    """Draw the history of each member as a PNG, the best epoch of each marked.

    Parameters
    ----------
    histories:
        For each network its rows, one an epoch, with the columns of ``history.csv``.
    best_epochs:
        The epoch, counted from 1, whose weights were kept.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.6), layout="constrained", facecolor="white")
    for axes, (name, validation, training) in zip(figure.subplots(1, 3), PANELS, strict=True):
        for rows, best in zip(histories, best_epochs, strict=True):
            _panel(axes, rows, best, validation, training)
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _legend(axes, training is not None)
    if title:
        figure.suptitle(title, fontsize=11)
    path = Path(path)
    with write_beside(path) as aside:
        figure.savefig(aside, dpi=110, format="png")
    return path


def _panel(
    axes: Any,
    rows: Sequence[Mapping[str, Any]],
    best: int,
    validation: str,
    training: str | None,
) -> None:
    epochs = [row["epoch"] for row in rows]
    point = "." if len(rows) < 40 else ""
    if training is not None:
        axes.plot(epochs, [row[training] for row in rows], color=TRAINING, marker=point, lw=1.2)
    axes.plot(epochs, [row[validation] for row in rows], color=VALIDATION, marker=point, lw=1.5)
    chosen = [row[validation] for row in rows if row["epoch"] == best]
    axes.plot([best] * len(chosen), chosen, "o", ms=9, mfc="none", mec=VALIDATION, mew=1.8)


def _legend(axes: Any, with_training: bool) -> None:
    if with_training:
        axes.plot([], [], color=TRAINING, label="training (augmented, while learning)")
    axes.plot([], [], color=VALIDATION, label="validation")
    axes.plot([], [], "o", ms=9, mfc="none", mec=VALIDATION, mew=1.8, label="kept")
    axes.legend(fontsize=8, frameon=False)
