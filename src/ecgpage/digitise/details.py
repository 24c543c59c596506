"""What the steps of digitising have found on the way, for pictures and for confidence."""

from __future__ import annotations

from dataclasses import dataclass

from ecgpage.digitise.flatten.lattice import Lattice
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.layout.choose import Placed
from ecgpage.digitise.tracing.trace import Traced


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """The intermediate values of one page, step by step."""

    lattice: Lattice | None
    sheet: Sheet
    traced: Traced
    placed: Placed
    ends_px: tuple[float, float]
