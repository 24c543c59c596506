"""A few pages as the network sees them, and several changed copies of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.augment import AUGMENTATIONS, item_rng, make_augmentation
from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.values import Page


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One page: ``plain`` without a change, and ``changed`` by the name of the augmentation.

    All pictures have shape (height, width), uint8, with the trace dark on light paper.
    """

    name: str
    plain: NDArray[np.uint8]
    changed: dict[str, tuple[NDArray[np.uint8], ...]]


def sample_augmentations(
    pages: Sequence[Page],
    preprocessing: Preprocessing,
    *,
    names: Sequence[str] = AUGMENTATIONS[1:],
    strength: float = 1.0,
    copies: int = 3,
    seed: int = 0,
) -> tuple[Samples, ...]:
    """What each augmentation does to each page; as in training it follows from the seed."""
    ink = preprocessing.mode != "grey"
    samples = []
    for number, page in enumerate(pages):
        plain = preprocessing.reduce(page)
        changed = {}
        for name in names:
            augmentation = make_augmentation(name, strength)
            epochs = range(copies if augmentation is not None else 0)
            changed[name] = tuple(
                _shown(augmentation.apply(plain, item_rng(seed, epoch, number), ink=ink), ink)
                for epoch in epochs
                if augmentation is not None
            )
        samples.append(Samples(page.name, _shown(plain, ink), changed))
    return tuple(samples)


def _shown(page: NDArray[np.uint8], ink: bool) -> NDArray[np.uint8]:
    return np.asarray(255 - page, dtype=np.uint8) if ink else page
