"""Which courses of traces that meet look most like the ink when a pen draws them again.

Where strokes run into each other it is not known where their centres lie, and a course that is paid
for strokes may count one twice or leave a small wave out. Drawn with the page's pen all courses
together must cover the ink, all of it, and nothing beside it. Courses are taken from several ways
to share strokes out, row by row, as long as the picture gets better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Array, Field, Index, Mask, turns
from ecgpage.digitise.tracing.kinship import Likely

Pixels = NDArray[np.float32]
ELSEWHERE = 0.1
"""Ink counts less by this share where it is explained by a trace to which it is worth nothing."""
TURN_SHARE = 0.5
"""What turning round costs here, of what it costs where strokes are shared out: small waves are
seen here by the ink that is left without them."""
ROUNDS = 4
"""So often all rows are gone through at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The ink of a meeting, (row of pixels, column).

    ``wanted``: that part of it which its traces have to explain; ``worth``: what ink is worth to
    each trace, (trace, row of pixels, column); a course has ``fine`` columns in each of these.
    """

    ink: Pixels
    wanted: Pixels
    worth: Pixels
    fine: int
    pen_px: float

    @classmethod
    def of(cls, crop: Pixels, taken: Mask, worth: Array, fine: int, pen_px: float) -> Picture:
        """The picture of a crop.

        ``taken``: upright strokes of traces that do not meet here, (fine column, row of pixels);
        ``worth``: (trace, fine column or one for all, row of pixels).
        """
        height, columns = crop.shape
        ink = np.clip(crop, 0.0, 1.0).astype(np.float32)
        theirs: Mask = np.asarray(taken.reshape(columns, fine, height).any(axis=1).T)
        beside = theirs.copy()
        for k in range(1, max(1, round(pen_px / 2)) + 1):
            beside[:, k:] |= theirs[:, :-k]
            beside[:, :-k] |= theirs[:, k:]
        each = np.broadcast_to(worth, (len(worth), columns * fine, height))
        mean = each.reshape(len(worth), columns, fine, height).mean(axis=2)
        return cls(ink, np.where(beside, 0.0, ink), mean.transpose(0, 2, 1), fine, pen_px)


def mix_courses(
    ways: Sequence[Index], field: Field, picture: Picture, turn: float, likely: Likely | None
) -> Index:
    """Of several ways, each (trace, 2, fine column), the best one, and better courses of others.

    ``turn``: what turning round costs; ``likely``: what heights are likely together.
    """
    count = len(ways[0])
    pools = [_each_once([way[i] for way in ways]) for i in range(count)]
    if all(len(pool) == 1 for pool in pools):
        return ways[0]
    drawn = [[drawn_again(span, picture) for span in pool] for pool in pools]
    alone = [[_alone(span, field, turn) for span in pool] for pool in pools]
    paid = 1.0 - ELSEWHERE * (1.0 - picture.worth)

    def cost(which: Sequence[int]) -> float:
        chosen = [drawn[i][k] for i, k in enumerate(which)]
        off = misfit(chosen, paid, picture) / picture.pen_px
        off += sum(alone[i][k] for i, k in enumerate(which))
        if likely is not None:
            off += likely.cost(np.stack([pools[i][k] for i, k in enumerate(which)]))
        return off

    starts = {tuple(_place(way[i], pools[i]) for i in range(count)) for way in ways}
    costs = {start: cost(start) for start in sorted(starts)}
    first, least = min(costs.items(), key=lambda item: item[1])
    best = list(first)
    for _ in range(ROUNDS):
        before = least
        for i, pool in enumerate(pools):
            for k in range(len(pool)):
                trial = [*best[:i], k, *best[i + 1 :]]
                if k != best[i] and (now := cost(trial)) < least:
                    best, least = trial, now
        if least == before:
            break
    return np.stack([pools[i][k] for i, k in enumerate(best)])


def misfit(drawn: Sequence[Pixels], paid: Pixels, picture: Picture) -> float:
    """Ink that is not drawn and what is drawn beside the ink, in pixels.

    ``paid``: what ink counts that is explained by each trace.
    """
    all_drawn = np.maximum.reduce(list(drawn))
    explained = np.maximum.reduce([one * share for one, share in zip(drawn, paid, strict=True)])
    explained *= np.minimum(1.0, picture.wanted / np.maximum(all_drawn, 1e-6))
    missed = np.maximum(picture.wanted - explained, 0.0).sum()
    return float(missed + np.maximum(all_drawn - picture.ink, 0.0).sum())


def drawn_again(span: Index, picture: Picture) -> Pixels:
    """What a round pen leaves of a course, (2, fine column), on each pixel: 0 to 1."""
    height, columns = picture.ink.shape
    radius, fine = picture.pen_px / 2, picture.fine
    reach = int(radius * fine)
    up, down = (np.pad(row.astype(np.float32), reach, mode="edge") for row in span)
    high = np.full(columns * fine, np.inf, np.float32)
    low = np.full(columns * fine, -np.inf, np.float32)
    for k in range(2 * reach + 1):
        disc = np.float32(np.sqrt(radius**2 - ((k - reach) / fine) ** 2))
        high = np.minimum(high, up[k : k + columns * fine] - disc)
        low = np.maximum(low, down[k : k + columns * fine] + disc)
    at = np.arange(height, dtype=np.float32)[:, None]
    inked = np.clip(np.minimum(at + 0.5, low) - np.maximum(at - 0.5, high), 0.0, 1.0)
    return np.asarray(inked.reshape(height, columns, fine).mean(axis=2), np.float32)


def _alone(span: Index, field: Field, turn: float) -> float:
    """What a course costs by itself: where it leads, and its turns."""
    total = np.cumsum(np.pad(field.cost, ((0, 0), (1, 0))), axis=1)
    at = np.arange(len(total))
    passed = float((total[at, span[1] + 1] - total[at, span[0]]).sum())
    return passed + TURN_SHARE * turn * turns(span)


def _each_once(spans: Sequence[Index]) -> list[Index]:
    """Courses without those that are the same as one before."""
    return list({span.tobytes(): span for span in spans}.values())


def _place(span: Index, pool: Sequence[Index]) -> int:
    return next(k for k, other in enumerate(pool) if np.array_equal(span, other))
