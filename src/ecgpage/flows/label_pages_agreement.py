"""How far readers agree, where they do not, and what they make of it together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from ecgpage import score, store
from ecgpage.flows.label_pages import Desk, LabelRequest, open_desk
from ecgpage.score.resampling import Figure

RESAMPLES = 1000

CONSENSUS_COLUMNS: tuple[str, ...] = ("path", "label", "how", "readers", "votes")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readers: pages that both labelled, share of equal labels, Cohen's kappa."""

    first: str
    second: str
    pages: int
    observed: Figure
    kappa: Figure

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        figures = {"observed": self.observed.as_dict(), "kappa": self.kappa.as_dict()}
        return {"first": self.first, "second": self.second, "pages": self.pages, **figures}


@dataclass(frozen=True, slots=True)
class AgreementOfReaders:
    """Every pair, all together (Fleiss; None where no page was read twice), and open pages."""

    pairs: tuple[Pair, ...]
    fleiss: Figure | None
    pages_read_twice: int
    open_pages: int
    blind_only: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "pairs": [pair.as_dict() for pair in self.pairs],
            "fleiss": None if self.fleiss is None else self.fleiss.as_dict(),
            "pages_read_twice": self.pages_read_twice,
            "open_pages": self.open_pages,
            "blind_only": self.blind_only,
        }


def agreement(desk: Desk, *, blind_only: bool = False) -> AgreementOfReaders:
    """Compare all readers on the pages they share; adjudications are left out."""
    found = desk.labels.consensus(blind_only=blind_only)
    readings = {key: votes_of(one) for key, one in found.items() if key in desk.items}
    names = sorted({name for said in readings.values() for name in said})
    pairs = [compare(readings, first, second) for first, second in combinations(names, 2)]
    several = [list(said.values()) for said in readings.values() if len(said) > 1]
    every = [list(said.values()) for said in readings.values() if said]
    fleiss = score.fleiss_kappa(every, resamples=RESAMPLES) if several else None
    kept = tuple(pair for pair in pairs if pair is not None)
    return AgreementOfReaders(kept, fleiss, len(several), len(disagreements(desk)), blind_only)


def compare(readings: Mapping[str, Mapping[str, str]], first: str, second: str) -> Pair | None:
    """Two readers on the pages that both labelled; None where there are none."""
    shared = [said for said in readings.values() if first in said and second in said]
    if not shared:
        return None
    found = score.compare_labels(
        [said[first] for said in shared], [said[second] for said in shared], resamples=RESAMPLES
    )
    return Pair(first, second, len(shared), found.figures["observed"], found.figures["kappa"])


def votes_of(found: store.Consensus) -> dict[str, str]:
    """Reader -> label."""
    return {name: label for label, names in found.votes.items() for name in names}


def disagreements(desk: Desk) -> list[str]:
    """Pages on which readers disagree and nobody has settled it, in the data set's order."""
    found = desk.labels.consensus()
    return [
        key
        for key in desk.items
        if key in found and not found[key].agreed and not found[key].adjudicated
    ]


def consensus_rows(desk: Desk) -> Iterator[dict[str, Any]]:
    """For each page the label readers agree on, how it came about, and who said what."""
    found = desk.labels.consensus()
    for key in desk.items:
        one = found.get(key)
        if one is None:
            yield {"path": key, "label": None, "how": "unread", "readers": 0, "votes": {}}
            continue
        how = "adjudicated" if one.adjudicated else "all" if one.agreed else "majority"
        votes = {label: list(names) for label, names in one.votes.items()}
        readers = sum(len(names) for names in votes.values())
        how = "open" if one.label is None else how
        yield {"path": key, "label": one.label, "how": how, "readers": readers, "votes": votes}


def write_consensus(request: LabelRequest, target: Path) -> int:
    """Write what readers agree on as CSV or, by its ending, JSON; how many pages have a label."""
    desk = open_desk(request)
    try:
        rows = list(consensus_rows(desk))
    finally:
        desk.close()
    if target.suffix.lower() == ".json":
        store.write_values(target, rows)
    else:
        store.write_csv(target, CONSENSUS_COLUMNS, map(consensus_cells, rows))
    return sum(row["label"] is not None for row in rows)


def consensus_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row as CSV has it: the votes as text."""
    votes = "; ".join(f"{label}: {', '.join(who)}" for label, who in row["votes"].items())
    return {**row, "label": row["label"] or "", "votes": votes}
