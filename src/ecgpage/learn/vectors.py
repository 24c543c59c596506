"""Pages as vectors of measurements: what ``measures`` sees in place of pixels.

This room neither digitises nor measures: the function from a page to its numbers is given by
whoever joins the rooms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Page, Refusal, WrongUse

MODE = "measurements"
Take = Callable[[Page], NDArray[np.float32]]
_TAKERS: dict[str, tuple[tuple[str, ...], Take]] = {}


def register_vectors(names: tuple[str, ...], take: Take) -> None:
    """Make known how a page becomes numbers, and what they are called."""
    _TAKERS[MODE] = (names, take)


def sees_measurements(preprocessing: Mapping[str, Any]) -> bool:
    """Whether a model of this preprocessing sees measurements in place of pixels."""
    return preprocessing.get("mode") == MODE


@dataclass(frozen=True, slots=True)
class Vectors:
    """What stands in the place of :class:`~ecgpage.learn.preprocessing.Preprocessing`.

    ``names`` are those that the model was trained with; the numbers are handed on as a picture
    of one column, so that prediction need not know what kind of model it has.
    """

    names: tuple[str, ...]

    @property
    def height(self) -> int:
        """As many rows as numbers."""
        return len(self.names)

    @property
    def width(self) -> int:
        """One column."""
        return 1

    @property
    def enough(self) -> tuple[int, int]:
        """A page is read at its full size."""
        return 1_000_000, 1_000_000

    def apply(self, page: Page) -> NDArray[np.float32]:
        """The numbers of a page, shape (numbers, 1, 1), NaN where one could not be measured."""
        return self.take(page)[:, None, None]

    def take(self, page: Page) -> NDArray[np.float32]:
        """The numbers of a page in the model's order, shape (numbers,)."""
        if MODE not in _TAKERS:
            raise RuntimeError("nobody has said how a page is measured")
        known, take = _TAKERS[MODE]
        place = {name: k for k, name in enumerate(known)}
        missing = [name for name in self.names if name not in place]
        if missing:
            raise WrongUse(
                Refusal("model", f"it asks for the measurement '{missing[0]}'",
                        "measurements that this version takes", "a model of another version",
                        "Train it again with this version.", "other-measurements")
            )  # fmt: skip
        return np.asarray(take(page)[[place[name] for name in self.names]], dtype=np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"mode": MODE, "names": list(self.names)}

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.as_dict(), sort_keys=True)
