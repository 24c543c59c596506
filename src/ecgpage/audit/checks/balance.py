"""How many pages and groups each class has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ecgpage.audit.view import View
from ecgpage.values import Finding

UNEQUAL = 3.0
"""From this ratio of the largest to the smallest class on, imbalance is a warning."""

FEW_GROUPS = 10
"""A class of fewer groups leaves one or two to test on: intervals then span everything."""


def check_balance(view: View) -> Iterator[Finding]:
    """One finding on the whole data set, and one for each class of few groups."""
    pages = Counter(label for label in view.label.values() if label is not None)
    if not pages:
        return
    largest, smallest = max(pages.values()), min(pages.values())
    shares = ", ".join(f"{label} {count}" for label, count in sorted(pages.items()))
    most = largest / sum(pages.values())
    yield Finding(
        check="class-balance",
        severity="warning" if largest / smallest >= UNEQUAL or len(pages) == 1 else "note",
        keys=(),
        statement=f"Pages of each class: {shares}. A model that always says the commonest class "
        f"reaches an accuracy of {most:.3f}: compare with that, and look at balanced accuracy.",
        figure=most,
        evidence={"pages": dict(pages)},
    )
    for label in sorted(pages):
        keys = tuple(key for key, own in view.label.items() if own == label)
        count = len({view.groups.get(key, key) for key in keys})
        if count < FEW_GROUPS:
            yield Finding(
                check="class-balance",
                severity="warning",
                keys=keys,
                statement=f"Class {label} has pages of only {count} groups: too few to test on "
                "with a useful interval.",
                figure=float(count),
            )
