"""The model card: what a model is, what it was made from, and what it must not be used for.

Its headings follow Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecgpage.store.models import ModelDescription

_USE = """## Use

For research and teaching on pages like those it was trained on. **Not for clinical use**: not \
validated for any decision about a patient, no regulatory clearance, no answer for pages of \
another template, device, language or population than those below, until measured there with \
`ecgpage evaluate`.
"""


def model_card(description: ModelDescription, split_method: str, data_name: str) -> str:
    """The card as Markdown; it says nothing that the description doesn't hold."""
    parts = (
        _what(description),
        _USE,
        _data(description, split_method, data_name),
        _figures(description.metrics),
        _again(description),
    )
    return "\n".join(parts)


def _what(d: ModelDescription) -> str:
    s = d.settings
    many = f"The mean of {d.members} networks of this kind. " if d.members > 1 else ""
    return f"""# Model card: {d.network}

{many}Network `{d.network}` on {s.get("width")} x {s.get("height")} pixels (mode \
`{s.get("mode")}`, header and footer {"left out" if s.get("mask") else "included"}), trained \
with ecgpage {d.ecgpage_version} on {d.created[:10]}.

It tells apart {", ".join(f"`{name}`" for name in d.classes)}. Reported is the probability of \
`{d.positive}` ({d.positive_reason}).
"""


def _data(d: ModelDescription, split_method: str, data_name: str) -> str:
    rows = "\n".join(
        f"| {part} | " + " | ".join(str(counts.get(name, 0)) for name in d.classes) + " |"
        for part, counts in d.pages.items()
    )
    return f"""## Data

`{data_name}`, fingerprint `{d.data_fingerprint[:16]}`. Split: {split_method}. Test pages were \
looked at only to find copies of training pages.

| part | {" | ".join(d.classes)} |
|---|{"---|" * len(d.classes)}
{rows}

Labels are taken as they are: what a page shows and why it was labelled so was not checked here.
"""


def _figures(metrics: Mapping[str, Any]) -> str:
    lines = [f"| {name.replace('_', ' ')} | {_shown(value)} |" for name, value in metrics.items()]
    return f"""## Figures on the validation pages

Epoch, threshold and temperature were chosen on these very pages, so the figures flatter the \
model. Figures to quote come from `ecgpage evaluate` on test pages.

| figure | value (95 % interval over groups) |
|---|---|
{chr(10).join(lines)}
"""


def _again(d: ModelDescription) -> str:
    threshold = (
        "The most probable class is named."
        if d.threshold is None
        else f"A page is called `{d.positive}` from a probability of {d.threshold:.3f} on "
        f"({d.threshold_rule})."
    )
    packages = ", ".join(f"{name} {version}" for name, version in d.versions.items())
    return f"""## Settings

{threshold} Logits are divided by a temperature of {d.temperature:.3f}. Seed {d.seed}. All \
settings are in `model.json` and, ready for `ecgpage train --config`, in `settings.toml`; the \
split is in `split.json`. Made with {packages}.
"""


def _shown(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "-" if value is None else f"{value:.3f}"
    if value.get("value") is None:
        return "-"
    if value.get("low") is None or value.get("high") is None:
        return f"{value['value']:.3f}"
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
