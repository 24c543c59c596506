"""Which classes there are, in which order, and which of two is the positive one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ecgpage.values import Refusal, WrongUse

POSITIVE_NAMES: tuple[str, ...] = (
    "abnormal", "positive", "pathological", "disease", "diseased", "sick", "yes", "true", "1",
)  # fmt: skip
"""Names that mean the finding is there; compared without case."""

NEGATIVE_NAMES: tuple[str, ...] = (
    "normal", "negative", "healthy", "control", "none", "no", "false", "0",
)  # fmt: skip
"""Names that mean it is not; of two classes the other one is then positive."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Names in the order of the outputs, the positive one, and why it is that one.

    With two classes the positive one is the last: its probability is the single output.
    """

    names: tuple[str, ...]
    positive: str
    reason: str

    def number(self, label: str) -> int:
        """Place of a label in :attr:`names`."""
        return self.names.index(label)


def choose_classes(labels: Iterable[str]) -> Classes:
    """Order the classes and name the positive one.

    The rule: a class named like :data:`POSITIVE_NAMES`; else, where exactly one class is named
    unlike those of :data:`NEGATIVE_NAMES`, that one; else the rarer; between equals the last in
    the alphabet.

    Raises
    ------
    WrongUse
        With fewer than two classes.
    """
    counts = Counter(labels)
    if len(counts) < 2:
        raise WrongUse(
            Refusal(
                where="labels",
                what="there is nothing to tell apart",
                expected="at least two classes among the training pages",
                received=", ".join(repr(name) for name in counts) or "no labelled page",
                todo="Label pages of another class, or correct the manifest's column `label`.",
                code="one-class",
            )
        )
    positive, reason = _positive(counts)
    names = sorted(counts)
    if len(names) == 2:
        names = [name for name in names if name != positive] + [positive]
    return Classes(tuple(names), positive, reason)


def _positive(counts: Counter[str]) -> tuple[str, str]:
    for wanted in POSITIVE_NAMES:
        for name in sorted(counts):
            if name.casefold().strip() == wanted:
                return name, "its name says that the finding is there"
    others = [name for name in sorted(counts) if name.casefold().strip() not in NEGATIVE_NAMES]
    if len(others) == 1:
        return others[0], "the others' names say that the finding is not there"
    rarest = min(counts.values())
    rare = [name for name in sorted(counts) if counts[name] == rarest]
    if len(rare) == 1:
        return rare[0], "it is the rarest class"
    return rare[-1], "the rarest classes are equally many and it is the last in the alphabet"
