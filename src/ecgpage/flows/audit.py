"""From a data set to what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecgpage import audit, label, store, work
from ecgpage.flows.describe import describe_pages
from ecgpage.flows.twins import find_twins
from ecgpage.report.audit import audit_page
from ecgpage.values import Dataset, Finding, Progress, Refusal, Silent, WrongUse


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to audit, how groups are told, and where the reports go.

    ``split`` is a split written by ``ecgpage split``; without it the data set's own column
    ``split`` counts, if there is one. ``jobs`` None takes one process for few pages.
    """

    dataset: str
    json: Path | None = None
    html: Path | None = None
    group: audit.GroupBy = field(default_factory=audit.GroupBy.near_duplicates)
    split: Path | None = None
    seed: int = 0
    jobs: int | None = None
    cache: Path | None = None
    means: work.Means | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    """The findings, the most severe first, and the pages and rows that failed."""

    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    pages: int


def audit_dataset(request: AuditRequest, progress: Progress | None = None) -> Audited:
    """Describe every page, look for copies, run every check, write the reports."""
    progress = progress or Silent()
    dataset = label.open_dataset(request.dataset)
    part = read_parts(dataset, request.split)
    audit.find_groups(dataset, request.group, {})
    traits, refused = describe_pages(dataset, progress, request.jobs, means=request.means)
    pairs = find_twins(dataset, label.fingerprint(dataset), progress, request.cache, traits)
    twins = audit.cluster_twins([item.key for item in dataset], pairs)
    view = audit.View(
        dataset=dataset,
        traits=traits,
        refused=refused,
        pairs=pairs,
        part=part,
        group_by=request.group,
        groups=audit.find_groups(dataset, request.group, twins),
        seed=request.seed,
    )
    findings = audit.run_checks(view, progress=progress)
    if request.json is not None:
        store.write_json(request.json, as_dict(request, view, findings))
    if request.html is not None:
        thumbnails = {key: page.thumbnail_jpeg for key, page in traits.items()}
        store.write_text(request.html, audit_page(dataset, findings, thumbnails, part))
    return Audited(findings, (*dataset.faults, *refused.values()), len(dataset))


def read_parts(dataset: Dataset, split: Path | None) -> Mapping[str, str]:
    """The part of each page: from a written split, or from the data set's own column."""
    if split is None:
        return audit.given_parts(dataset) or {}
    try:
        values = json.loads(split.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUse(
            Refusal(str(split), "the split cannot be read", "JSON written by 'ecgpage split'",
                    type(error).__name__, "Name the file, or make it again.", "not-a-split")
        ) from error  # fmt: skip
    return audit.split_from_dict(values, str(split)).part


def as_dict(
    request: AuditRequest, view: audit.View, findings: tuple[Finding, ...]
) -> dict[str, Any]:
    """The audit as plain values."""
    return {
        "dataset": request.dataset,
        "dataset_sha256": audit.dataset_fingerprint(view.dataset),
        "pages": len(view.dataset),
        "readable": len(view.traits),
        "group": str(request.group),
        "seed": request.seed,
        "checks": list(audit.REGISTRY),
        "twins": [
            {"first": p.first, "second": p.second, "kind": p.kind, "agreement": p.agreement}
            for p in view.pairs
        ],
        "findings": [finding.as_dict() for finding in findings],
        "faults": [fault.as_dict() for fault in view.dataset.faults],
    }
