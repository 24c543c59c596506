"""The copies among a data set's pages, looked for once and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from ecgpage import audit, learn, store
from ecgpage.flows.describe import describe_pages
from ecgpage.values import Dataset, Progress


def find_twins(
    dataset: Dataset,
    fingerprint: str,
    progress: Progress,
    cache: Path | None,
    traits: Mapping[str, audit.PageTraits] | None = None,
) -> tuple[audit.TwinPair, ...]:
    """Pages that are copies of one another, remembered by data set and by algorithm.

    ``traits`` are the pages' descriptions where they are already at hand.
    """
    name = f"{fingerprint}-{audit.twins_algorithm()}.json"
    place = (cache or learn.default_cache_folder()) / "twins" / name
    known = store.read_json(place)
    if known is not None:
        return tuple(audit.TwinPair(**pair) for pair in known["pairs"])
    if traits is None:
        traits, _ = describe_pages(dataset, progress, name="looking for copies")
    pairs = audit.find_twins(traits, progress)
    store.write_json(place, {"pairs": [asdict(pair) for pair in pairs]})
    return pairs
