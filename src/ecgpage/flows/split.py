"""From a data set to a manifest that says what is trained on and what is tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ecgpage import audit, label, store
from ecgpage.flows.describe import describe_pages
from ecgpage.flows.twins import find_twins
from ecgpage.values import Dataset, Progress, Refusal, Silent, Split


@dataclass(frozen=True, slots=True)
class SplitRequest:
    """What to split, how, and where to write it.

    ``near_duplicates`` keeps copies together whatever the groups are; it reads every page.
    """

    dataset: str
    out: Path
    group: audit.GroupBy = field(default_factory=audit.GroupBy.near_duplicates)
    fractions: tuple[float, ...] = audit.FRACTIONS
    folds: int | None = None
    seed: int = 0
    near_duplicates: bool = True


@dataclass(frozen=True, slots=True)
class SplitDone:
    """The splits (one, or one a fold), pages by part and label, and what could not be read."""

    splits: tuple[Split, ...]
    counts: Mapping[tuple[str, str], int]
    written: Path
    refusals: tuple[Refusal, ...]


def split_dataset(request: SplitRequest, progress: Progress | None = None) -> SplitDone:
    """Find groups and copies, deal them out, write manifest and split."""
    dataset = label.open_dataset(request.dataset)
    audit.find_groups(dataset, request.group, {})
    twins, refusals = find_copies(request, dataset, progress or Silent())
    group, seed = request.group, request.seed
    if request.folds is None:
        fractions = request.fractions
        splits: tuple[Split, ...] = (
            audit.make_split(dataset, group=group, fractions=fractions, seed=seed, twins=twins),
        )
    else:
        splits = audit.fold_splits(dataset, request.folds, group=group, seed=seed, twins=twins)
    store.export_csv(with_columns(dataset, splits), request.out)
    written = request.out.with_suffix(".json")
    values = [audit.split_as_dict(split) for split in splits]
    store.write_values(written, values[0] if request.folds is None else values)
    counts = Counter(
        (split.part[item.key], item.label or "(none)")
        for split in splits[:1]
        for item in dataset
        if item.key in split.part
    )
    return SplitDone(splits, counts, written, (*dataset.faults, *refusals))


def find_copies(
    request: SplitRequest, dataset: Dataset, progress: Progress
) -> tuple[Mapping[str, str] | None, tuple[Refusal, ...]]:
    """The near-duplicate cluster of each page, None where nobody asked."""
    if not request.near_duplicates and request.group.kind != "near-duplicates":
        return None, ()
    traits, refused = describe_pages(dataset, progress)
    pairs = find_twins(dataset, label.fingerprint(dataset), progress, None, traits)
    return audit.cluster_twins([item.key for item in dataset], pairs), tuple(refused.values())


def with_columns(dataset: Dataset, splits: tuple[Split, ...]) -> Dataset:
    """The data set with a column ``split``; for folds ``fold`` and ``split_1`` to ``split_k``."""

    def columns(key: str) -> dict[str, str]:
        if len(splits) == 1:
            return {"split": splits[0].part[key], "split_group": splits[0].group[key]}
        parts = {f"split_{n}": s.part.get(key, "") for n, s in enumerate(splits, start=1)}
        tested = [name.removeprefix("split_") for name, part in parts.items() if part == "test"]
        group = splits[0].group.get(key, "")
        return {"fold": "".join(tested[:1]), **parts, "split_group": group}

    items = tuple(replace(item, columns={**item.columns, **columns(item.key)}) for item in dataset)
    return replace(dataset, items=items)
