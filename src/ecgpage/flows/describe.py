"""From a data set to the description of each of its pages."""

from __future__ import annotations

from ecgpage import audit, read, work
from ecgpage.flows.pages import open_page
from ecgpage.values import Dataset, Item, Progress, Refusal

ONE_PROCESS = 200
"""Up to so many pages are described in this process; more are worth starting others."""


def describe_item(item: Item) -> audit.PageTraits:
    """Read and describe one page, with what the reader holds against it."""
    page = open_page(item.path)
    return audit.describe(page, read.problems(page))


def describe_pages(
    dataset: Dataset,
    progress: Progress,
    jobs: int | None = None,
    name: str = "reading pages",
    means: work.Means | None = None,
) -> tuple[dict[str, audit.PageTraits], dict[str, Refusal]]:
    """Traits of every page that can be read, and the reason for every other, by key."""
    traits: dict[str, audit.PageTraits] = {}
    refused: dict[str, Refusal] = {}
    if jobs is None:
        jobs = 1 if len(dataset) <= ONE_PROCESS else 0
    for outcome in work.run(
        describe_item, dataset, key=lambda item: item.key, name=name,
        jobs=jobs, means=means, progress=progress, total=len(dataset),
    ):  # fmt: skip
        if outcome.value is not None:
            traits[outcome.key] = outcome.value
        elif outcome.refusal is not None:
            refused[outcome.key] = outcome.refusal
    return traits, refused
