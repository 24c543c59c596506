"""From records to a folder of pages with their truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ecgpage import read, render, work
from ecgpage.values import Progress, Record, Refusal, Silent


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What to render, how, and where to.

    ``records`` are files, folders and patterns; ``simulate`` adds that many simulated records.
    ``rate_hz`` and ``leads`` are for arrays that do not say. ``jobs`` 0 takes all cores.
    """

    records: tuple[str, ...]
    out: Path
    recipe: render.Recipe
    simulate: int = 0
    image_format: str = "png"
    labels: Path | None = None
    label_column: str = "label"
    rate_hz: float | None = None
    leads: tuple[str, ...] | None = None
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """One record to come: a path, or a kind and seed to simulate."""

    name: str
    path: str = ""
    kind: str = ""
    seed: int = 0


@dataclass(slots=True)
class Rendered:
    """The manifest, its number of pages, and what was refused."""

    manifest: Path
    pages: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def render_records(request: RenderRequest, progress: Progress | None = None) -> Rendered:
    """Render each record to a page with its truth, and write the manifest.

    A record that cannot be read or drawn is refused by itself; the rest goes on.
    """
    labels = render.read_labels(request.labels, request.label_column) if request.labels else {}
    sources = list(find_sources(request))
    told = Rendered(request.out / "manifest.csv")
    rows = []
    for outcome in work.run(
        partial(render_one, request, labels), sources, key=lambda source: source.name,
        name="rendering", jobs=request.jobs, progress=progress or Silent(), total=len(sources),
    ):  # fmt: skip
        if outcome.value is not None:
            rows.append(outcome.value)
        if outcome.refusal is not None:
            told.refusals.append(outcome.refusal)
    told.pages = len(rows)
    request.out.mkdir(parents=True, exist_ok=True)
    render.write_manifest(rows, told.manifest)
    return told


def find_sources(request: RenderRequest) -> Iterator[Source]:
    """The records to come, each with a name of its own."""
    taken: dict[str, int] = {}
    for path in read.find_records(request.records):
        stem = Path(path).name.removesuffix(".hea").removesuffix(".dat")
        stem = stem.removesuffix(".npy").removesuffix(".npz")
        taken[stem] = taken.get(stem, 0) + 1
        yield Source(stem if taken[stem] == 1 else f"{stem}-{taken[stem]}", path=path)
    for k, (kind, seed) in enumerate(render.draw_kinds(request.simulate, request.recipe.seed)):
        yield Source(f"sim{k:05d}", kind=kind, seed=seed)


def render_one(
    request: RenderRequest, labels: Mapping[str, Mapping[str, str]], source: Source
) -> dict[str, str]:
    """Render and write one record; returns its row of the manifest."""
    page = request.recipe.page(render.renamed(load(request, source), source.name))
    written = render.write_page(page, request.out, source.name, request.image_format)
    return render.manifest_row(page, written.name, labels.get(source.name, {}))


def load(request: RenderRequest, source: Source) -> Record:
    """The record behind a source."""
    if source.kind:
        return render.simulate(source.kind, source.seed)
    return read.read_record(source.path, rate_hz=request.rate_hz, leads=request.leads)
