"""Random changes to pages that leave the diagnosis as it is; nothing is ever mirrored.

A page is changed at network resolution, after preprocessing: all geometry is one 3x3 matrix and
one warp, and what happens to an item depends on (seed, epoch, item) alone, never on the number
of workers or their order.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.augment_print import blurred, compressed, lit, printed_grid, thicker
from ecgpage.values import Refusal, WrongUse

AUGMENTATIONS: tuple[str, ...] = ("none", "notebook", "paper", "strips")
"""Names that :func:`make_augmentation` knows."""

_SWAP = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Exchanges rows and columns of coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Strengths of random changes; each is drawn evenly between its bounds.

    Attributes
    ----------
    rotation_degrees, shear_degrees:
        Angles up to this, either way.
    shift_rows, shift_columns:
        Shifts up to this part of the height and the width, either way.
    scale:
        Height and width change, each by itself, up to this part.
    perspective:
        The corners move up to this part of height and width.
    contrast:
        Ink gets up to this part weaker or stronger.
    gradient:
        The light falls off across the page up to this part.
    blur_px:
        Standard deviation of a Gaussian blur up to this, pixels.
    jpeg:
        0: none; 1: JPEG quality down to 10 (of 100) and back.
    grid:
        Darkness of an added grid up to this part of the ink's, of any pitch and weight.
    thickness:
        Chance that the trace gets thicker or thinner by up to half a pixel.
    nearest:
        True: what comes in at the edges repeats the edge (as Keras' default ``nearest``);
        False: it is paper.
    """

    rotation_degrees: float = 0.0
    shear_degrees: float = 0.0
    shift_rows: float = 0.0
    shift_columns: float = 0.0
    scale: float = 0.0
    perspective: float = 0.0
    contrast: float = 0.0
    gradient: float = 0.0
    blur_px: float = 0.0
    jpeg: float = 0.0
    grid: float = 0.0
    thickness: float = 0.0
    nearest: bool = False

    def apply(
        self, page: NDArray[np.uint8], rng: np.random.Generator, *, ink: bool
    ) -> NDArray[np.uint8]:
        """One changed copy of a page.

        Parameters
        ----------
        page:
            ndarray, shape (height, width), uint8.
        rng:
            Where chance comes from; see :func:`item_rng`.
        ink:
            True where the trace is light and paper 0 (mode ``ink``), False for grey pages.
        """
        changed = page if ink else np.asarray(255 - page, dtype=np.uint8)
        matrix = draw_matrix(self, changed.shape, rng)
        changed = warped(changed, matrix, nearest=self.nearest)
        changed = thicker(changed, self.thickness, rng)
        changed = printed_grid(changed, self.grid, rng)
        changed = lit(changed, self.contrast, self.gradient, rng)
        changed = blurred(changed, self.blur_px, rng)
        changed = compressed(changed, self.jpeg, rng)
        return changed if ink else np.asarray(255 - changed, dtype=np.uint8)

    def scaled(self, strength: float) -> Augmentation:
        """All strengths multiplied; chances and parts stay below 1."""
        highest = {"contrast": 0.9, "gradient": 0.9, "jpeg": 1.0, "grid": 0.9, "thickness": 1.0}
        changed = {
            field.name: min(getattr(self, field.name) * strength, highest.get(field.name, np.inf))
            for field in fields(self)
            if field.name != "nearest"
        }
        return replace(self, **changed)

    def as_dict(self) -> dict[str, Any]:
        """The strengths as plain values, for JSON."""
        return asdict(self)


NOTEBOOK = Augmentation(
    rotation_degrees=15.0, shear_degrees=0.2, shift_rows=0.1, shift_columns=0.1, nearest=True
)
"""Keras' ``ImageDataGenerator(rotation_range=15, width_shift_range=0.1, height_shift_range=0.1,
shear_range=0.2)``. Keras takes ``shear_range`` in degrees: 0.2 is next to nothing."""

PAPER = Augmentation(
    rotation_degrees=2.0, shear_degrees=1.0, shift_rows=0.03, shift_columns=0.03, scale=0.06,
    perspective=0.02, contrast=0.35, gradient=0.3, blur_px=0.8, jpeg=0.7, grid=0.25,
    thickness=0.5,
)  # fmt: skip
"""What happens to a page on its way: print, a crooked scan, uneven light, a weak lens, JPEG."""


STRIPS = Augmentation(
    rotation_degrees=0.5, shift_rows=0.005, shift_columns=0.02, scale=0.05, contrast=0.2,
    thickness=0.5,
)  # fmt: skip
"""For rows of leads that are already cut out and stacked: where the beats fall, how high they
are, how thick the line is."""


def make_augmentation(name: str, strength: float = 1.0) -> Augmentation | None:
    """The augmentation of that name with its strengths multiplied; None for ``none``."""
    presets = {"none": None, "notebook": NOTEBOOK, "paper": PAPER, "strips": STRIPS}
    if name not in presets:
        raise WrongUse(
            Refusal(
                where="setting 'augmentation'",
                what="there is no augmentation of that name",
                expected="one of " + ", ".join(AUGMENTATIONS),
                received=repr(name),
                todo="Choose one of them.",
                code="unknown-augmentation",
            )
        )
    preset = presets[name]
    return None if preset is None or strength == 0.0 else preset.scaled(strength)


def item_rng(seed: int, epoch: int, item: int) -> np.random.Generator:
    """Chance for one item in one epoch, the same whoever asks and whenever."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, epoch, item))))


def draw_matrix(
    strengths: Augmentation, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """A 3x3 matrix from (row, column, 1) of the changed page to that of the original.

    Rotation, shift, shear and scale stand in Keras' order, about the page's centre; the
    perspective comes last.
    """
    rows, columns = shape[0], shape[1]
    angle, shear = np.deg2rad(
        rng.uniform(-1.0, 1.0, 2) * (strengths.rotation_degrees, strengths.shear_degrees)
    )
    down, across, tall, wide = rng.uniform(-1.0, 1.0, 4) * (
        strengths.shift_rows * rows, strengths.shift_columns * columns,
        strengths.scale, strengths.scale,
    )  # fmt: skip
    corners = rng.uniform(-1.0, 1.0, (4, 2)) * strengths.perspective * (rows, columns)
    matrix = affine_matrix((rows, columns), angle, (down, across), shear, (1.0 + tall, 1.0 + wide))
    return matrix @ _perspective(rows, columns, corners) if strengths.perspective else matrix


def affine_matrix(
    shape: tuple[int, int],
    angle_rad: float,
    shift_px: tuple[float, float],
    shear_rad: float,
    scale: tuple[float, float],
) -> NDArray[np.float64]:
    """Output to input coordinates, (row, column, 1), composed as Keras' ImageDataGenerator does.

    Keras composes in (column, row), about (height / 2, width / 2) taken as (column, row); here
    it is the page's centre, which is the same on a square page.
    """
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    rotation = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([[1.0, 0.0, shift_px[1]], [0.0, 1.0, shift_px[0]], [0.0, 0.0, 1.0]])
    shear = np.array(
        [[1.0, -np.sin(shear_rad), 0.0], [0.0, np.cos(shear_rad), 0.0], [0.0, 0.0, 1.0]]
    )
    zoom = np.diag([scale[1], scale[0], 1.0])
    centre = np.eye(3)
    centre[:2, 2] = (shape[1] / 2 - 0.5, shape[0] / 2 - 0.5)
    back = np.eye(3)
    back[:2, 2] = -centre[:2, 2]
    composed = centre @ rotation @ shift @ shear @ zoom @ back
    return np.asarray(_SWAP @ composed @ _SWAP, dtype=np.float64)


def warped(
    page: NDArray[np.uint8], matrix: NDArray[np.float64], *, nearest: bool
) -> NDArray[np.uint8]:
    """One bilinear warp by a matrix from output to input, (row, column)."""
    if np.array_equal(matrix, np.eye(3)):
        return page
    swapped = _SWAP @ matrix @ _SWAP
    affine = not swapped[2, :2].any()
    warp, given = (cv2.warpAffine, swapped[:2]) if affine else (cv2.warpPerspective, swapped)
    out = warp(
        page,
        given,
        (page.shape[1], page.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if nearest else cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(out, dtype=np.uint8)


def _perspective(rows: int, columns: int, moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """The homography that moves the page's corners by (row, column)."""
    corners = np.array([[0, 0], [0, columns], [rows, columns], [rows, 0]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, (corners + moved).astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)
