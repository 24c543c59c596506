"""Worlds by name, and worlds by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ecgpage.render.world_values import World

Rng = np.random.Generator


def _scan(rng: Rng, s: float) -> World:
    return World(
        name="scan", rotation_deg=float(rng.normal(0, 1.6 * s)),
        background=str(rng.choice(["white", "black"])), strokes=_few(rng, 1.2 * s),
        stains=_few(rng, 0.6 * s), unevenness=float(rng.uniform(0, 0.12 * s)),
        blur_px=float(rng.uniform(0, 0.9 * s)), noise=float(rng.uniform(0, 8 * s)),
        jpeg_quality=_quality(rng, s),
    )  # fmt: skip


def _photo(rng: Rng, s: float) -> World:
    return World(
        name="photo", rotation_deg=float(rng.normal(0, 5 * s)),
        perspective=_pair(rng, 0.22 * s), margin=float(rng.uniform(0.0, 0.12)),
        background=str(rng.choice(["wood", "dark", "cloth"])),
        curl=float(rng.uniform(0, s)), strokes=_few(rng, 1.0 * s), stains=_few(rng, 0.5 * s),
        unevenness=float(rng.uniform(0.05, 0.45) * s), shadow=float(rng.uniform(0, 0.5) * s),
        tint=_tint(rng, s), blur_px=float(rng.uniform(0.2, 1.3) * s),
        noise=float(rng.uniform(1, 8) * s), contrast=float(1 - rng.uniform(0, 0.3) * s),
        jpeg_quality=_quality(rng, s),
    )  # fmt: skip


def _folded(rng: Rng, s: float) -> World:
    folds = int(rng.integers(1, 5))
    return replace(
        _photo(rng, s), name="folded", folds=folds, crumple=float(rng.uniform(0, 0.2 * s))
    )


def _crumpled(rng: Rng, s: float) -> World:
    crumple = float(rng.uniform(0.25, 1.0) * s)
    return replace(_photo(rng, s), name="crumpled", folds=int(rng.integers(0, 2)), crumple=crumple)


def _copy(rng: Rng, s: float) -> World:
    kind = str(rng.choice(["grey", "low-contrast", "black-white"]))
    return World(
        name="copy", copy=kind, rotation_deg=float(rng.normal(0, 1.5 * s)), background="white",
        fading=float(rng.uniform(0, 0.6) * s), strokes=_few(rng, 0.8 * s),
        noise=float(rng.uniform(1, 8) * s), blur_px=float(rng.uniform(0, 0.8) * s),
        folds=_few(rng, 0.4 * s), jpeg_quality=_quality(rng, s),
    )  # fmt: skip


def _screen(rng: Rng, s: float) -> World:
    return World(
        name="screen", rotation_deg=float(rng.normal(0, 2.5 * s)), perspective=_pair(rng, 0.15 * s),
        margin=float(rng.uniform(0, 0.05)), background="black",
        moire=float(rng.uniform(0.3, 1.0) * s), tint=_tint(rng, s),
        unevenness=float(rng.uniform(0, 0.25) * s), blur_px=float(rng.uniform(0.2, 1.0) * s),
        noise=float(rng.uniform(1, 7) * s), jpeg_quality=_quality(rng, s),
    )  # fmt: skip


WORLDS: dict[str, Callable[[Rng, float], World]] = {
    "scan": _scan,
    "photo": _photo,
    "folded": _folded,
    "crumpled": _crumpled,
    "copy": _copy,
    "screen": _screen,
}
"""Kinds of world; each draws one from a stream of chance at a strength of 0 to 1."""
SHARES = (0.30, 0.20, 0.15, 0.12, 0.13, 0.10)


def random_world(
    seed: int, strength: float = 1.0, *, kind: str | None = None, turned: bool = False
) -> World:
    """A world drawn from the seed.

    Parameters
    ----------
    seed:
        Decides everything.
    strength:
        0 (nothing happens) to 1 (as bad as phone photos of crumpled paper get).
    kind:
        One of :data:`WORLDS`; by chance if None.
    turned:
        Sometimes (one in eight) lay the page sideways or upside down.
    """
    rng = np.random.default_rng([seed, 51])
    name = kind or str(rng.choice(list(WORLDS), p=SHARES))
    if strength <= 0:
        return World()
    world = WORLDS[name](rng, float(strength))
    if turned and rng.random() < 0.125:
        world = replace(world, turns=int(rng.integers(1, 4)))
    return world


def _few(rng: Rng, mean: float) -> int:
    return int(min(rng.poisson(mean), 6))


def _quality(rng: Rng, s: float) -> int:
    return int(rng.uniform(95 - 60 * s, 96))


def _pair(rng: Rng, spread: float) -> tuple[float, float]:
    across, down = rng.uniform(-spread, spread, 2)
    return float(across), float(down)


def _tint(rng: Rng, s: float) -> tuple[float, float, float]:
    red, green, blue = 1 - s * (rng.uniform(0, 0.08) + rng.uniform(0, 0.08, 3))
    return float(red), float(green), float(blue)
