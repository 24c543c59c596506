"""Pages that show the same recording: copies, resized, recompressed, grey, cropped a little."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ecgpage.audit.candidates import NEIGHBOURS, Candidate, Likeness
from ecgpage.audit.traits import PageTraits
from ecgpage.audit.verify import same_recording
from ecgpage.values import Progress, Silent

LEAST_CONTRAST = 24.0
"""Pages with fewer grey levels are bare: they are alike without being copies."""


DECIDING = ("bands", "candidates", "ink", "traits", "twins", "verify")
"""Modules that decide which pages are twins."""


@dataclass(frozen=True, slots=True)
class TwinPair:
    """Two pages that are one recording.

    ``kind`` is ``same file`` (byte for byte), ``same pixels`` or ``same trace``;
    ``agreement`` is the share of inked tiles on which they agree.
    """

    first: str
    second: str
    kind: str
    agreement: float = 1.0


def find_twins(
    traits: Mapping[str, PageTraits], progress: Progress | None = None
) -> tuple[TwinPair, ...]:
    """All pairs of pages that show the same recording.

    Same files and same pixels are found by their hashes and stand for one page from then on,
    each linked to the first of them. Candidates among the rest come from
    :class:`ecgpage.audit.candidates.Likeness` and count only if the traces agree
    (:func:`ecgpage.audit.verify.same_recording`). Time grows with the number of pages times
    a few neighbours, and a matrix product for the candidates.

    Parameters
    ----------
    traits:
        The pages by key.
    progress:
        Told of each page.

    Returns
    -------
    tuple of TwinPair
        In the order of the keys. A cluster of n pages is connected by its pairs; not all its
        n(n-1)/2 pairs need be listed.
    """
    pairs, keys = _same_hash(traits)
    keys = [key for key in keys if traits[key].contrast >= LEAST_CONTRAST]
    if len(keys) > 1:
        pairs += _same_trace(keys, traits, progress or Silent())
    order = {key: number for number, key in enumerate(traits)}
    return tuple(sorted(pairs, key=lambda pair: (order[pair.first], order[pair.second])))


def cluster_twins(keys: Iterable[str], pairs: Iterable[TwinPair]) -> dict[str, str]:
    """The cluster of each key, named by its first page; a page without twins is its own."""
    cluster = {key: key for key in keys}

    def root(key: str) -> str:
        while cluster[key] != key:
            cluster[key] = cluster[cluster[key]]
            key = cluster[key]
        return key

    order = {key: number for number, key in enumerate(cluster)}
    for pair in pairs:
        ends = sorted((root(pair.first), root(pair.second)), key=order.__getitem__)
        cluster[ends[1]] = ends[0]
    return {key: root(key) for key in cluster}


@lru_cache(maxsize=1)
def twins_algorithm() -> str:
    """Hash of the code that finds twins: what another version remembered is not taken for it."""
    hashed = hashlib.blake2b(digest_size=6)
    for name in DECIDING:
        hashed.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return hashed.hexdigest()


def _same_hash(traits: Mapping[str, PageTraits]) -> tuple[list[TwinPair], list[str]]:
    """Pairs with equal files or pixels, and one key for each different picture."""
    pairs: list[TwinPair] = []
    first_of: dict[str, str] = {}
    different: list[str] = []
    for key, page in traits.items():
        first = first_of.setdefault(page.pixel_sha256, key)
        if first == key:
            different.append(key)
            continue
        files = (traits[first].file, page.file)
        same = files[0] is not None and files[1] is not None and files[0].sha256 == files[1].sha256
        pairs.append(TwinPair(first, key, "same file" if same else "same pixels"))
    return pairs, different


def _same_trace(
    keys: Sequence[str], traits: Mapping[str, PageTraits], progress: Progress
) -> list[TwinPair]:
    likeness = Likeness(np.stack([traits[key].small for key in keys]))
    known: set[tuple[int, int]] = set()
    pairs: list[TwinPair] = []
    for page in progress.steps(range(len(keys)), "comparing traces", len(keys)):
        start, stop = 0, likeness.first_look
        while start < stop:
            found = 0
            for candidate in likeness.nearest(page, start, stop):
                ends = (min(candidate.first, page), max(candidate.first, page))
                if ends not in known:
                    agreement = _verify(candidate, keys, traits)
                    if agreement == 0:
                        continue
                    known.add(ends)
                    pairs.append(TwinPair(keys[ends[0]], keys[ends[1]], "same trace", agreement))
                found += 1
            all_twins = found == stop - start
            start, stop = stop, min(stop + NEIGHBOURS, likeness.count) if all_twins else stop
    return pairs


def _verify(candidate: Candidate, keys: Sequence[str], traits: Mapping[str, PageTraits]) -> float:
    first, second = traits[keys[candidate.first]], traits[keys[candidate.second]]
    return same_recording(
        first.small,
        second.small,
        first.ink_png,
        second.ink_png,
        candidate.crop,
    )
