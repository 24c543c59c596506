"""The list of all that can happen to a sheet."""

from __future__ import annotations

from dataclasses import dataclass

COPIES: tuple[str, ...] = ("none", "grey", "low-contrast", "black-white")
BACKGROUNDS: tuple[str, ...] = ("white", "black", "dark", "wood", "cloth")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that can happen to a sheet; the default is nothing.

    Geometry: ``rotation_deg`` (clockwise), ``turns`` quarter turns, ``perspective`` (how much
    nearer one side is, 0.1 is a tenth), ``margin`` (background around the sheet, share of its
    size), ``folds``, ``crumple`` and ``curl`` (0 to 1; they bend and shade).
    On the paper: ``strokes`` of a pen and ``stains``, counted; ``fading`` of the ink (0 to 1).
    Light: ``unevenness`` and ``shadow`` (share of the light lost), ``tint`` (red, green, blue).
    Camera: ``blur_px`` (standard deviation), ``noise`` (standard deviation in grey levels),
    ``moire`` (0 to 1), ``copy``, ``contrast`` and ``jpeg_quality`` (0 leaves the page exact).
    """

    name: str = "none"
    rotation_deg: float = 0.0
    turns: int = 0
    perspective: tuple[float, float] = (0.0, 0.0)
    margin: float = 0.0
    background: str = "white"
    folds: int = 0
    crumple: float = 0.0
    curl: float = 0.0
    strokes: int = 0
    stains: int = 0
    fading: float = 0.0
    unevenness: float = 0.0
    shadow: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    blur_px: float = 0.0
    noise: float = 0.0
    moire: float = 0.0
    copy: str = "none"
    contrast: float = 1.0
    jpeg_quality: int = 0

    @property
    def bends(self) -> bool:
        """True where the page's geometry differs from the sheet's."""
        return bool(
            self.rotation_deg or self.turns % 4 or any(self.perspective) or self.margin
            or self.folds or self.crumple or self.curl
        )  # fmt: skip
