"""From the lit page to the file: copier, screen, lens, sensor, compression."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ecgpage.render.world_values import World

Image = NDArray[np.uint8]
NOISE_BANK = 1 << 24
NOISE_LEVEL = 24.0
"""Standard deviation of the noise that is kept, in its own steps."""


def finish(image: Image, world: World, rng: np.random.Generator) -> Image:
    """The page as the file holds it."""
    image = _tone(image, world)
    if world.moire:
        image = _moire(image, world.moire, rng)
    if world.blur_px > 0:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), world.blur_px), np.uint8)
    if world.noise > 0:
        image = _noise(image, world.noise, rng)
    if world.copy == "black-white":
        image = _black_white(image, rng)
    if world.jpeg_quality:
        image = through_jpeg(image, world.jpeg_quality)
    return np.ascontiguousarray(image)


def _tone(image: Image, world: World) -> Image:
    """Tint, contrast and a grey copy, as one table of tones for each colour."""
    if world.copy in ("grey", "low-contrast", "black-white"):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = np.asarray(cv2.merge([grey] * 3), np.uint8)
    contrast = world.contrast * (0.45 if world.copy == "low-contrast" else 1.0)
    if contrast == 1.0 and world.tint == (1.0, 1.0, 1.0):
        return image
    tones = np.arange(256, dtype=np.float64)[:, None] * np.array(world.tint)
    tones = 235.0 + (tones - 235.0) * contrast if contrast != 1.0 else tones
    table = np.clip(np.round(tones), 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(image, np.ascontiguousarray(table)), np.uint8)


def _moire(image: Image, strength: float, rng: np.random.Generator) -> Image:
    """The beat between a screen's dots and the sensor: coloured slanting waves."""
    rows, columns = image.shape[:2]
    row, column = np.arange(rows) / rows, np.arange(columns) / columns
    out = []
    bend = rng.uniform(-25, 25, 2)
    waves = rng.uniform(40, 160, 2) * rng.choice([-1, 1], 2)
    down = np.exp(2j * np.pi * (waves[0] * row + bend[0] * row**2)).astype(np.complex64)
    across = np.exp(2j * np.pi * (waves[1] * column + bend[1] * column**2)).astype(np.complex64)
    for k in range(3):
        turned = down * np.exp(2j * np.pi * k / 3).astype(np.complex64)
        wave = np.outer(turned.real, across.real) - np.outer(turned.imag, across.imag)
        out.append(cv2.convertScaleAbs(200 + 22 * strength * wave))
    pattern = np.asarray(cv2.merge(out), np.uint8)
    return np.asarray(cv2.multiply(image, pattern, scale=1 / 200), np.uint8)


@lru_cache(maxsize=1)
def _bank() -> NDArray[np.int8]:
    rng = np.random.default_rng(20230517)
    draws = rng.standard_normal(NOISE_BANK, dtype=np.float32)
    return np.clip(np.round(draws * NOISE_LEVEL), -127, 127).astype(np.int8)


def _noise(image: Image, level: float, rng: np.random.Generator) -> Image:
    """Add sensor noise, read from a bank of normal numbers at a chance place."""
    bank = _bank()
    size = image.size
    if size >= bank.size:
        bank = np.tile(bank, size // bank.size + 2)
    start = int(rng.integers(0, bank.size - size))
    noise = bank[start : start + size].reshape(image.shape)
    added = cv2.addWeighted(image, 1.0, noise, level / NOISE_LEVEL, 0.0, dtype=cv2.CV_8U)
    return np.asarray(added, np.uint8)


def _black_white(image: Image, rng: np.random.Generator) -> Image:
    """A copier's black and white: the limit follows the light of the place."""
    grey = image[..., 0]
    small = cv2.resize(grey, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    local = cv2.resize(cv2.blur(small, (25, 25)), grey.shape[::-1])
    limit = cv2.convertScaleAbs(local, alpha=float(rng.uniform(0.62, 0.85)))
    return np.asarray(cv2.merge([cv2.compare(grey, limit, cv2.CMP_GT)] * 3), np.uint8)


def through_jpeg(image: Image, quality: int) -> Image:
    """The page after saving and opening it as JPEG of this quality (1 to 100)."""
    turned = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, code = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("the image library refused to encode a page as JPEG")
    opened = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(np.asarray(opened, np.uint8), cv2.COLOR_BGR2RGB), np.uint8)
