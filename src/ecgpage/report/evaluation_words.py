"""What an evaluation means, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Found = Mapping[str, Any]

NOTES: dict[str, tuple[str, str]] = {
    "auc": (
        "AUC (ROC)",
        "Of a {positive} and a {other} page drawn at random, how often the {positive} one gets "
        "the higher probability. 0.5 is chance.",
    ),
    "pr_auc": (
        "PR area",
        "Mean precision over all sensitivities. Calling everything {positive} gives {share}.",
    ),
    "balanced_accuracy": (
        "Balanced accuracy",
        "Mean of sensitivity and specificity at the threshold; 0.5 for always calling one class.",
    ),
    "accuracy": (
        "Accuracy",
        "Pages called right. Always calling the commonest class: {commonest}.",
    ),
    "sensitivity": ("Sensitivity", "Of the {positive} pages, the share called {positive}."),
    "specificity": ("Specificity", "Of the {other} pages, the share called {other}."),
    "sensitivity_at_90_specificity": (
        "Sensitivity at 90 % specificity",
        "If at most one in ten {other} pages may be a false alarm. Read off these pages.",
    ),
    "specificity_at_90_sensitivity": (
        "Specificity at 90 % sensitivity",
        "If nine in ten {positive} pages must be found. Read off these pages.",
    ),
}
"""Title and plain meaning of the figures shown as cards."""

MANY: dict[str, tuple[str, str]] = {
    "auc": ("AUC (one against rest)", "Mean over classes of the area under the ROC curve."),
    "pr_auc": ("PR area", "Mean over classes of average precision."),
    "balanced_accuracy": ("Balanced accuracy", "Mean over classes of the share called right."),
    "accuracy": ("Accuracy", "Pages called right. Always calling the commonest: {commonest}."),
}


def verdict(found: Found) -> str:
    """One sentence: how good, against what, at which price."""
    data, auc = found["data"], found["figures"]["auc"]
    many = len(found["model"]["classes"]) > 2
    what = "the classes" if many else " and ".join(ordered_classes(found))
    start = f"On {data['n']} pages of {data['groups']} groups the model "
    if data["seen_in_training"]:
        start = (
            f"{len(data['seen_in_training'])} of these {data['n']} pages were seen in training, so "
            "nothing here holds for new pages: the model "
        )
    if auc["value"] is None:
        return f"{start}cannot be judged: the pages are all of one class."
    sentence = f"{start}tells {what} apart with an AUC of {with_interval(auc)}"
    if auc["low"] is not None and auc["low"] <= 0.5:
        sentence = f"{start}cannot be seen to tell {what} apart: AUC {with_interval(auc)}"
    sentence += _against(found)
    figures = found["figures"]
    if found["threshold"] is not None and figures["sensitivity"]["value"] is not None:
        positive, other = ordered_classes(found)
        sentence += (
            f"; at its threshold it finds {percent(figures['sensitivity'])} of the {positive} and "
            f"clears {percent(figures['specificity'])} of the {other} pages"
        )
    return sentence + "."


def _against(found: Found) -> str:
    """How the model stands to the strongest baseline."""
    known = {
        name: base
        for name, base in found["baselines"].items()
        if base["figures"] is not None and base["figures"]["auc"]["value"] is not None
    }
    if not known:
        return ", with nothing beside it to compare"
    name = max(known, key=lambda key: known[key]["figures"]["auc"]["value"])
    less = known[name]["model_minus_baseline"]["auc"]
    shown = f"the {name}" if not name.startswith("column") else f"the {name} alone"
    shown += f" ({known[name]['figures']['auc']['value']:.3f})"
    if less["low"] is None:
        return f", beside {shown}"
    if less["low"] > 0:
        return f", better than the best of its baselines, {shown}"
    if less["high"] < 0:
        return f", worse than {shown}"
    return f", which these pages cannot tell from {shown}"


def is_bad(found: Found) -> bool:
    """Whether the verdict is a warning: pages seen in training, or no better than a baseline."""
    if found["data"]["seen_in_training"] or found["figures"]["auc"]["value"] is None:
        return True
    lows = [
        base["model_minus_baseline"]["auc"]["low"]
        for base in found["baselines"].values()
        if base["model_minus_baseline"] is not None
    ]
    return any(low is None or low <= 0 for low in lows)


def cards(found: Found) -> list[dict[str, str]]:
    """Title, value, interval and plain meaning of the main figures."""
    counts = found["data"]["by_class"]
    total = sum(counts.values())
    words = {"commonest": f"{max(counts.values()) / total:.3f}", "positive": "", "other": ""}
    notes = MANY
    if len(found["model"]["classes"]) == 2:
        notes = NOTES
        words["positive"], words["other"] = ordered_classes(found)
        words["share"] = f"{counts.get(words['positive'], 0) / total:.3f}"
    return [
        {
            "title": title,
            "value": number(found["figures"][name]["value"]),
            "interval": interval(found["figures"][name]),
            "note": note.format(**words),
        }
        for name, (title, note) in notes.items()
    ]


def ordered_classes(found: Found) -> tuple[str, str]:
    """The positive class and the other one, of two."""
    positive = found["model"]["positive"]
    other = next(name for name in found["model"]["classes"] if name != positive)
    return positive, other


def number(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def interval(figure: Mapping[str, float | None]) -> str:
    """The interval in words, or why there is none."""
    if figure["value"] is None:
        return "cannot be taken here"
    if figure["low"] is None:
        return "no interval (too few groups)"
    return f"95 %: {figure['low']:.3f} to {figure['high']:.3f}"


def with_interval(figure: Mapping[str, float | None]) -> str:
    """Value and interval in one."""
    if figure["value"] is None or figure["low"] is None:
        return number(figure["value"])
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def plus(value: float | None) -> str:
    """A difference with its sign."""
    return "–" if value is None else f"{value:+.3f}"


def bounds(figure: Mapping[str, float | None], sign: bool = False) -> str:
    """The bounds of an interval alone."""
    spec = "+.3f" if sign else ".3f"
    return f"{figure['low']:{spec}} to {figure['high']:{spec}}"


def percent(figure: Mapping[str, float | None]) -> str:
    """A share in per cent."""
    return "–" if figure["value"] is None else f"{100 * figure['value']:.0f} %"
