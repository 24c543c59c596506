"""From a page to what a network sees: one function for training and prediction alike."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.ink import ink
from ecgpage.learn.region import WORK_COLUMNS, Region, region_of, shrunk
from ecgpage.learn.rows import stack_rows
from ecgpage.values import Page, Refusal, WrongUse

MODES: tuple[str, ...] = ("grey", "ink", "rows")
"""``grey``: the page in grey, 0 black to 1 white, resized by area. ``ink``: trace 1, paper and
grid 0, made smaller so that the thinnest trace stays. ``rows``: ink, with the rows of leads cut
out around their baselines and stacked as :data:`STRIPS` even strips."""

STRIPS = 4
"""Strips of mode ``rows``: three rows of leads and a rhythm strip."""

NORMALISATIONS: tuple[str, ...] = ("unit", "standard")
"""``unit``: 0 to 1. ``standard``: mean 0 and standard deviation 1 over the page."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a page becomes an array, stored with the model.

    Attributes
    ----------
    height, width:
        Rows and columns of the result.
    mode:
        One of :data:`MODES`.
    normalise:
        One of :data:`NORMALISATIONS`.
    mask:
        True: only the region that carries the traces is seen (header and footer are outside);
        False: the whole page.
    version:
        Version of the algorithm; a model made with another one is refused.
    """

    height: int = 276
    width: int = 480
    mode: str = "ink"
    normalise: str = "unit"
    mask: bool = True
    version: int = 1

    def __post_init__(self) -> None:
        _check(self)

    @property
    def enough(self) -> tuple[int, int]:
        """Rows and columns of a page beyond which a reader need not decode it.

        Twice the result where a grey page is only made smaller, else :data:`WORK_COLUMNS`.
        """
        if self.mode == "grey" and not self.mask:
            return 2 * self.height, 2 * self.width
        return 1, WORK_COLUMNS

    def apply(self, page: Page) -> NDArray[np.float32]:
        """The page as the network sees it.

        Returns
        -------
        ndarray, shape (height, width, 1), float32
        """
        return self.finish(self.reduce(page))

    def reduce(self, page: Page) -> NDArray[np.uint8]:
        """The page at network resolution, shape (height, width), uint8: what a cache keeps."""
        image = shrunk(page.image, WORK_COLUMNS)
        inked = ink(image) if self.mode != "grey" or self.mask else None
        region = Region(0, 0, image.shape[0], image.shape[1], "page")
        if self.mask and inked is not None:
            region = region_of(image, inked)
        if self.mode == "rows" and inked is not None:
            return _pooled(stack_rows(region.cut(inked), STRIPS), self.height, self.width)
        if self.mode == "ink" and inked is not None:
            return _pooled(region.cut(inked), self.height, self.width)
        grey = cv2.cvtColor(np.ascontiguousarray(region.cut(image)), cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def finish(self, reduced: NDArray[np.uint8]) -> NDArray[np.float32]:
        """From uint8 (..., height, width) to normalised float32 (..., height, width, 1)."""
        values = np.multiply(reduced[..., None], np.float32(1.0 / 255.0), dtype=np.float32)
        if self.normalise == "standard":
            mean = values.mean(axis=(-3, -2), keepdims=True)
            spread = values.std(axis=(-3, -2), keepdims=True)
            values = (values - mean) / np.maximum(spread, np.float32(1e-3))
        return np.asarray(values, dtype=np.float32)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Preprocessing:
        """The other way round; an unknown name or a value of the wrong kind is refused."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise _wrong(unknown[0], "an unknown setting", f"one of {sorted(known)}", unknown[0])
        return cls(**settings)

    def to_json(self) -> str:
        """The settings as JSON with sorted keys: equal settings give equal text."""
        return json.dumps(self.as_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Preprocessing:
        """Read what :meth:`to_json` wrote."""
        return cls.from_dict(json.loads(text))


def _pooled(inked: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Make ink smaller by the darkest of each cell, so that a thin trace stays.

    The cut is first resized to a whole multiple of the target (nearest to its own size), then
    each cell gives its maximum.
    """
    down = max(1, round(inked.shape[0] / height))
    across = max(1, round(inked.shape[1] / width))
    rows, columns = height * down, width * across
    shrinks = rows < inked.shape[0] and columns < inked.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    fine = cv2.resize(inked, (columns, rows), interpolation=method)
    if down > 1 or across > 1:
        fine = cv2.dilate(fine, np.ones((down, across), np.uint8), anchor=(0, 0))
        fine = fine[::down, ::across]
    return np.ascontiguousarray(fine, dtype=np.uint8)


def _check(settings: Preprocessing) -> None:
    """Refuse settings that cannot work, each with its own message."""
    for name in ("height", "width"):
        value = getattr(settings, name)
        if not isinstance(value, int) or isinstance(value, bool) or not 8 <= value <= 4096:
            raise _wrong(name, "a size that cannot be used", "a whole number from 8 to 4096", value)
    if settings.mode not in MODES:
        raise _wrong("mode", "an unknown mode", f"one of {MODES}", settings.mode)
    if settings.normalise not in NORMALISATIONS:
        raise _wrong("normalise", "an unknown name", f"one of {NORMALISATIONS}", settings.normalise)
    if settings.version != 1:
        raise _wrong("version", "another version of the algorithm", "1", settings.version)


def _wrong(name: str, what: str, expected: str, received: object) -> WrongUse:
    return WrongUse(
        Refusal(
            where=f"preprocessing setting '{name}'",
            what=what,
            expected=expected,
            received=repr(received),
            todo="Correct the setting, or use the version of ecgpage that wrote it.",
            code="bad-preprocessing",
        )
    )
