"""From a folder to a picture of what augmentation does to its pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ecgpage import learn, read
from ecgpage.flows.pages import pages_of
from ecgpage.values import Page, Progress, Refusal, Refused, Silent, WrongUse


@dataclass(frozen=True, slots=True)
class AugmentationsRequest:
    """Which pages, how many of them, what is done to them, and where the pictures go."""

    paths: tuple[str, ...]
    plot: Path | None = None
    html: Path | None = None
    preprocessing: learn.Preprocessing = field(default_factory=learn.Preprocessing)
    names: tuple[str, ...] = ("notebook", "paper")
    strength: float = 1.0
    pages: int = 3
    copies: int = 3
    seed: int = 0


def show_augmentations(
    request: AugmentationsRequest, progress: Progress | None = None
) -> tuple[Refusal, ...]:
    """Draw the first readable pages and changed copies of each; gives what could not be read."""
    from ecgpage.report.augmentations import draw_augmentations, write_augmentations

    refusals: list[Refusal] = []
    found = islice(readable(read.find_files(request.paths), refusals), request.pages)
    pages = list((progress or Silent()).steps(found, "reading pages", request.pages))
    if not pages:
        raise WrongUse(nothing(request, refusals))
    samples = learn.sample_augmentations(
        pages, request.preprocessing,
        names=request.names, strength=request.strength, copies=request.copies, seed=request.seed,
    )  # fmt: skip
    if request.plot:
        draw_augmentations(samples, request.plot)
    if request.html:
        write_augmentations(samples, request.html)
    return tuple(refusals)


def readable(files: Iterable[str], refusals: list[Refusal]) -> Iterator[Page]:
    """The pages that can be read; the reasons of the others are added to ``refusals``."""
    for path in files:
        try:
            yield from pages_of(path, on_refused=refusals.append)
        except Refused as refused:
            refusals.append(refused.refusal)


def nothing(request: AugmentationsRequest, refusals: list[Refusal]) -> Refusal:
    """Why there is nothing to draw."""
    return Refusal(
        where=", ".join(request.paths),
        what="there is no page to show",
        expected="at least one readable page",
        received=f"{len(refusals)} files that cannot be read" if refusals else "no files",
        todo="Name a folder with pages.",
        code="no-pages",
    )
