"""The layouts that are known: which lead stands in which row and column."""

from __future__ import annotations

from dataclasses import dataclass

LIMB = ("I", "II", "III")
AUGMENTED = ("aVR", "aVL", "aVF")
CHEST = ("V1", "V2", "V3", "V4", "V5", "V6")


@dataclass(frozen=True, slots=True)
class Layout:
    """Leads by row and column, and how many rhythm strips stand below them."""

    name: str
    cells: tuple[tuple[str, ...], ...]
    strips: int = 0

    @property
    def rows(self) -> int:
        """Rows of traces on the page, rhythm strips included."""
        return len(self.cells) + self.strips

    @property
    def columns(self) -> int:
        """Columns of the upper rows."""
        return len(self.cells[0])


THREE_BY_FOUR = tuple((LIMB[i], AUGMENTED[i], CHEST[i], CHEST[i + 3]) for i in range(3))
SIX_BY_TWO = tuple(zip(LIMB + AUGMENTED, CHEST, strict=True))
TWELVE_BY_ONE = tuple((lead,) for lead in LIMB + AUGMENTED + CHEST)
SIX_BY_ONE = tuple((lead,) for lead in LIMB + AUGMENTED)

LAYOUTS: tuple[Layout, ...] = (
    *(Layout("3x4" + (f"+{k}" if k else ""), THREE_BY_FOUR, k) for k in range(4)),
    *(Layout("6x2" + (f"+{k}" if k else ""), SIX_BY_TWO, k) for k in range(3)),
    *(Layout("12x1" + (f"+{k}" if k else ""), TWELVE_BY_ONE, k) for k in range(2)),
    *(Layout("6x1" + (f"+{k}" if k else ""), SIX_BY_ONE, k) for k in range(2)),
)


def layouts_with(rows: int) -> tuple[Layout, ...]:
    """The known layouts that have this many rows of traces."""
    return tuple(layout for layout in LAYOUTS if layout.rows == rows)
