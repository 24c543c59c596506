"""What became of one item of a batch, and the book in which that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ecgpage.values.refusal import Refusal

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Value]):
    """One item's value, or why there is none.

    Attributes
    ----------
    key:
        The item's name within the batch.
    value:
        What the function gave; None where the item was refused.
    refusal:
        Why the item was refused; None where it was done.
    """

    key: str
    value: Value | None = None
    refusal: Refusal | None = None


class Ledger(Protocol[Value]):
    """What is done already, so that a killed batch goes on where it was.

    A fingerprint says which work an outcome stands for (the item's content, the settings); an
    outcome of another fingerprint is not known. Only what was done is known: a refused item is
    tried again by the next run.
    """

    def known(self, key: str, fingerprint: str) -> Outcome[Value] | None:
        """The outcome of an item that was done with this fingerprint, None if there is none."""
        ...

    def write(self, outcome: Outcome[Value], fingerprint: str) -> None:
        """Keep an outcome, in place of an earlier one of the same key."""
        ...
