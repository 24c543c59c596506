"""Rules that label pages before people do, by name.

A rule takes a few figures from each page and judges by thresholds on them. A new one is a
:class:`RuleKind` passed to :func:`register`; one whose figures need other rooms (a waveform,
say) is registered by the flow that joins them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ecgpage.label.t_band import TBandFigures, TBandRule, t_band_figures
from ecgpage.label.t_band_thresholds import thresholds_by_otsu, thresholds_by_youden
from ecgpage.values import Page, Refusal, WrongUse

Figures = tuple[float, ...]
"""Figures of one page, in the order of the rule's ``figure_names``."""


class Rule(Protocol):
    """A rule with its thresholds."""

    @property
    def who(self) -> str:
        """Name and thresholds."""
        ...

    @property
    def origin(self) -> str:
        """How the thresholds were found."""
        ...

    def judge(self, figures: Any, /) -> str:
        """The label for one page's figures."""
        ...

    def why(self, figures: Any, /) -> str:
        """The reason, in words."""
        ...


@dataclass(frozen=True, slots=True)
class RuleKind:
    """How a rule is made.

    Attributes
    ----------
    name:
        What ``--rule`` calls it.
    figure_names:
        Names of the figures, in order; also the names of the thresholds that can be given.
    figures_of:
        A page's figures; picklable, so that pages can be read in several processes.
    given:
        The rule for given thresholds by figure name.
    from_labels:
        The rule for figures (pages, figures) and whether each page is abnormal.
    without_labels:
        The rule for figures alone.
    """

    name: str
    figure_names: tuple[str, ...]
    figures_of: Callable[[Page], Figures]
    given: Callable[[Mapping[str, float], str, str], Rule]
    from_labels: Callable[[Sequence[Figures], Sequence[bool], str, str], Rule]
    without_labels: Callable[[Sequence[Figures], str, str], Rule]


RULES: dict[str, RuleKind] = {}


def register(kind: RuleKind) -> None:
    """Make a rule known by its name."""
    RULES[kind.name] = kind


def find_rule(name: str) -> RuleKind:
    """The rule of that name.

    Raises
    ------
    WrongUse
        ``unknown-rule``, with the nearest name.
    """
    if name in RULES:
        return RULES[name]
    near = difflib.get_close_matches(name, RULES, n=1)
    raise WrongUse(
        Refusal("--rule", f"there is no rule '{name}'", "one of " + ", ".join(sorted(RULES)),
                f"'{name}'", f"Did you mean '{near[0]}'?" if near else "Choose one of them.",
                "unknown-rule")
    )  # fmt: skip


def _given(thresholds: Mapping[str, float], abnormal: str, normal: str) -> TBandRule:
    return TBandRule(
        thresholds.get("mean", float("-inf")),
        thresholds.get("max", float("inf")),
        thresholds.get("std", float("inf")),
        "given",
        abnormal,
        normal,
    )


def _from_labels(
    figures: Sequence[Figures], truth: Sequence[bool], abnormal: str, normal: str
) -> TBandRule:
    return thresholds_by_youden(figures, truth, abnormal=abnormal, normal=normal)


def _without_labels(figures: Sequence[Figures], abnormal: str, normal: str) -> TBandRule:
    return thresholds_by_otsu(figures, abnormal=abnormal, normal=normal)


register(
    RuleKind("t-band", TBandFigures._fields, t_band_figures, _given, _from_labels, _without_labels)
)
