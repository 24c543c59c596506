"""The main job from end to end, on simulated pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgpage import render
from ecgpage.flows.audit import Audited, AuditRequest, audit_dataset
from ecgpage.flows.browse import BrowseRequest, browse
from ecgpage.flows.evaluate import Evaluated, EvaluateRequest, evaluate
from ecgpage.flows.train import train, train_settings
from ecgpage.flows.train_parts import TrainRequest
from ecgpage.values import Progress, Silent

PAGES = 420
"""Enough that the classifier is clearly above the rule, few enough for five minutes on 2 cores."""


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """Where the demonstration goes, how many pages, and what decides all chance."""

    out: Path
    pages: int = PAGES
    seed: int = 0
    epochs: int | None = None


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What was found on the way, and the files to look at."""

    audited: Audited
    evaluated: Evaluated
    files: Mapping[str, Path]


def demonstrate(request: DemoRequest, progress: Progress | None = None) -> Demonstrated:
    """Render pages, look at them, audit, train, evaluate beside the baselines."""
    progress = progress or Silent()
    files = {
        "manifest": request.out / "pages.csv",
        "contact sheet": request.out / "contact.html",
        "audit": request.out / "audit.html",
        "model": request.out / "model",
        "report": request.out / "report.html",
    }
    cache = request.out / "cache"
    render_pages(request, files["manifest"], progress)
    browse(BrowseRequest(str(files["manifest"]), files["contact sheet"], jobs=2), progress)
    audited = audit_dataset(
        AuditRequest(
            str(files["manifest"]),
            request.out / "audit.json",
            files["audit"],
            seed=request.seed,
            cache=cache,
        ),
        progress,
    )
    settings = train_settings(None, (), training_flags(request))
    train(TrainRequest(files["manifest"], files["model"], settings, cache=cache), progress)
    evaluated = evaluate(
        EvaluateRequest(
            files["model"], files["manifest"], request.out / "report.json", files["report"],
            subgroups=("template",), seed=request.seed, cache=cache,
        ),
        progress,
    )  # fmt: skip
    return Demonstrated(audited, evaluated, files)


def training_flags(request: DemoRequest) -> dict[str, Any]:
    """What the demonstration sets, everything else by the network's defaults."""
    given = {"seed": request.seed, "test_fraction": 0.25, "epochs": request.epochs}
    return {name: value for name, value in given.items() if value is not None}


def render_pages(request: DemoRequest, manifest: Path, progress: Progress) -> None:
    """Draw and write the pages; what was drawn before with the same request is drawn the same."""
    rows = []
    pages = render.demo_pages(request.pages, request.seed)
    for page, label in progress.steps(pages, "rendering pages", request.pages):
        name = page.truth.record.name
        picture = render.write_page(page, request.out / "pages", name, "jpg")
        rows.append(
            {
                "path": f"pages/{picture.name}",
                "label": label,
                "record": name,
                "template": str(page.truth.style.get("name", "")),
            }
        )
    render.write_rows(rows, manifest)
