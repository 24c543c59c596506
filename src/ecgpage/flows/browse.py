"""From a folder to a contact sheet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ecgpage import label, read, report, work
from ecgpage.flows.pages import OpenPages
from ecgpage.values import Dataset, Glimpse, Progress, Refusal, Silent, WrongUse

EMBED_UP_TO = 120
"""With more files than this the large pictures are links to the files, not copies."""


@dataclass(frozen=True, slots=True)
class BrowseRequest:
    """What to look at, and where the sheets go.

    ``embed`` None decides by the number of files (:data:`EMBED_UP_TO`).
    """

    folder: str
    out: Path
    png: Path | None = None
    labels: Path | None = None
    jobs: int = 0
    dpi: float = 150.0
    embed: bool | None = None


@dataclass(frozen=True, slots=True)
class Browsed:
    """What was seen."""

    glimpses: int
    formats: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    refusals: tuple[Refusal, ...] = ()
    problems: tuple[Refusal, ...] = ()


def browse(request: BrowseRequest, progress: Progress | None = None) -> Browsed:
    """Look at every file under a folder (or of a manifest) and write the contact sheet."""
    progress = progress or Silent()
    dataset = find_labels(request, progress)
    items = list(read.list_items(places(request, dataset), dataset))
    embed = request.embed if request.embed is not None else len(items) <= EMBED_UP_TO
    look = read.Glancer(OpenPages(request.dpi), embed_all=embed)
    glimpses: list[Glimpse] = []
    for outcome in work.run(
        look, items, key=lambda item: item.path, name="looking", jobs=request.jobs,
        progress=progress, total=len(items),
    ):  # fmt: skip
        glimpses += outcome.value or read.unreadable(outcome)
    report.write_contact_sheet(glimpses, request.out, title=request.folder)
    if request.png:
        report.draw_contact_sheet(glimpses, request.png, title=request.folder)
    return summary(glimpses)


def find_labels(request: BrowseRequest, progress: Progress) -> Dataset | None:
    """The data set that says which label a file has, if there is one."""
    if request.labels is not None:
        return label.open_dataset(request.labels)
    try:
        return label.open_dataset(request.folder)
    except WrongUse as error:
        if not Path(request.folder).is_dir():
            raise
        progress.say(f"without labels: {error.refusal}")
        return None


def places(request: BrowseRequest, dataset: Dataset | None) -> list[str]:
    """Where the files lie: the folder, or those that the manifest names."""
    if dataset is not None and Path(request.folder).is_file():
        return [item.path for item in dataset]
    return [request.folder]


def summary(glimpses: list[Glimpse]) -> Browsed:
    """Counts, and everything that is wrong."""
    good = [glimpse for glimpse in glimpses if glimpse.readable]
    bad = [glimpse for glimpse in glimpses if not glimpse.readable]
    return Browsed(
        len(glimpses),
        Counter(glimpse.format for glimpse in good),
        Counter(glimpse.label for glimpse in glimpses if glimpse.label is not None),
        tuple(refusal for glimpse in bad for refusal in glimpse.problems),
        tuple(problem for glimpse in good for problem in glimpse.problems),
    )
