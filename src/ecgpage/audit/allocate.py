"""Deal groups out to parts so that every class is spread as evenly as whole groups allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Refusal, WrongUse

TRIES = 50
"""Seeded attempts at giving each part a group of each class, where groups of mixed labels
make that a puzzle; one is enough unless groups are very few."""


def deal(
    groups: Mapping[str, Sequence[str | None]],
    fractions: Sequence[float],
    names: Sequence[str],
    rng: np.random.Generator,
    where: str,
) -> dict[str, int]:
    """Give each group to one part.

    First every part gets one group of each class (the rarest class first, its smallest
    groups), then the other groups go, the largest first, to the part where the counts of
    their classes lie farthest under the part's share: the greedy rule of scikit-learn's
    ``StratifiedGroupKFold``, here for unequal shares.

    Parameters
    ----------
    groups:
        The labels of the pages of each group; None for a page without a label.
    fractions:
        Share of each part, positive; they are normalised to 1.
    names:
        The parts' names, for messages.
    rng:
        Decides between equals.
    where:
        What is split, for messages.

    Returns
    -------
    dict
        From group to the number of its part.

    Raises
    ------
    WrongUse
        A class has fewer groups than there are parts.
    """
    order = list(groups)
    classes = sorted({x for labels in groups.values() for x in labels if x})
    columns: dict[str | None, int] = {label: i for i, label in enumerate([*classes, None])}
    counts = np.zeros((len(order), len(columns)))
    for row, group in enumerate(order):
        for label in groups[group]:
            counts[row, columns[label or None]] += 1
    _refuse_too_few(counts[:, :-1], classes, names, where)
    shares = np.asarray(fractions, dtype=float) / float(np.sum(fractions))
    for _ in range(TRIES):
        parts = _attempt(counts, shares, rng)
        held = np.array([counts[parts == part, :-1].sum(axis=0) > 0 for part in range(len(shares))])
        if held.all():
            return {group: int(part) for group, part in zip(order, parts, strict=True)}
    missing = [
        f"'{classes[column]}' in {names[part]}"
        for part, column in zip(*np.nonzero(~held), strict=True)
    ]
    raise WrongUse(
        Refusal(
            where=where,
            what="groups of mixed labels leave no way to give every part every class",
            expected=f"a group of each class in each of {', '.join(names)}",
            received=f"no group left for {', '.join(missing)}",
            todo="Add pages of more groups, ask for fewer parts, or group in another way.",
            code="too-few-groups",
        )
    )


def _attempt(
    counts: NDArray[np.float64], shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """One allocation: part of each group, shape (group,)."""
    totals = counts.sum(axis=0)
    weights = 1.0 / np.maximum(totals, 1.0)
    target = shares[:, None] * totals
    have = np.zeros_like(target)
    parts = np.full(len(counts), -1, dtype=np.int64)
    ranked = rng.permutation(len(counts))
    ranked = ranked[np.argsort(counts[ranked].sum(axis=1), kind="stable")]
    rare_first = np.argsort((counts[:, :-1] > 0).sum(axis=0), kind="stable")
    for column in rare_first:
        for part in rng.permutation(len(shares)):
            if have[part, column] > 0:
                continue
            free = ranked[(parts[ranked] < 0) & (counts[ranked, column] > 0)]
            if len(free):
                parts[free[0]] = part
                have[part] += counts[free[0]]
    for row in ranked[::-1]:
        if parts[row] < 0:
            now = (((have - target) * weights) ** 2).sum(axis=1)
            then = (((have + counts[row] - target) * weights) ** 2).sum(axis=1)
            parts[row] = int(np.argmin((then - now) + rng.uniform(0, 1e-12, len(shares))))
            have[parts[row]] += counts[row]
    return parts


def _refuse_too_few(
    counts: NDArray[np.float64], classes: Sequence[str], names: Sequence[str], where: str
) -> None:
    groups_of = (counts > 0).sum(axis=0)
    short = [f"'{c}' has {n}" for c, n in zip(classes, groups_of, strict=True) if n < len(names)]
    if short or len(counts) < len(names):
        raise WrongUse(
            Refusal(
                where=where,
                what=f"too few groups to give each of {', '.join(names)} one of every class",
                expected=f"at least {len(names)} groups of pages in each class",
                received=", ".join(short) or f"{len(counts)} groups",
                todo="Add pages of other patients, ask for fewer parts, or join rare classes.",
                code="too-few-groups",
            )
        )
