"""Label pages by a rule, and say how well it agrees with people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ecgpage import audit, label, store, work
from ecgpage.flows.measure_page import register_rules
from ecgpage.flows.pages import open_page
from ecgpage.score.agreement import Agreement, compare_labels, score_auc
from ecgpage.score.resampling import Figure
from ecgpage.values import Dataset, Item, Judgement, Progress, Refusal, Silent

register_rules()

FOLDS = 5
TRAINING_SHARE = (0.5, 0.0, 0.5)
"""Shares of training part, validation and rest where thresholds are taken from labels."""


@dataclass(frozen=True, slots=True)
class PrelabelRequest:
    """What to label by which rule, and where the labels go."""

    source: str
    rule: str
    given: Mapping[str, float] = field(default_factory=dict)
    method: str = "otsu"
    store: str | None = None
    csv: Path | None = None
    normal: str = "Normal"
    abnormal: str = "Abnormal"
    group: str | None = None
    label_column: str = "label"
    path_column: str = "path"
    seed: int = 0
    jobs: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Prelabelled:
    """The rule, what it judged, and its agreement with people (None where they said nothing)."""

    rule: label.Rule
    judgements: tuple[Judgement, ...]
    added: store.Added | None
    agreement: Agreement | None
    figures: Mapping[str, Figure]
    compared_on: str
    classes: tuple[str, ...]
    refusals: tuple[Refusal, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        out: dict[str, Any] = {"rule": self.rule.who, "thresholds": self.rule.origin}
        out |= {"judged": len(self.judgements), "compared_on": self.compared_on}
        if self.agreement is not None:
            out["labels"] = list(self.agreement.labels)
            out["confusion_matrix"] = self.agreement.matrix.tolist()
            found = {**self.agreement.figures, **self.figures}
            out["figures"] = {name: figure.as_dict() for name, figure in found.items()}
        return out | {"refusals": [refusal.as_dict() for refusal in self.refusals]}


def prelabel(request: PrelabelRequest, progress: Progress | None = None) -> Prelabelled:
    """Measure each page, settle the thresholds, judge, keep the judgements, compare."""
    kind = label.find_rule(request.rule)
    dataset = label.open_dataset(
        request.source, label_column=request.label_column, path_column=request.path_column
    )
    figures, refusals = measure(request.rule, dataset, request.jobs, progress or Silent())
    human = label.human_labels(
        dataset, _persons(request), normal=request.normal, abnormal=request.abnormal
    )
    training, rest = parts(request, dataset, human)
    rule = label.make_rule(
        kind, figures, given=request.given, training=training,
        normal=request.normal, abnormal=request.abnormal,
    )  # fmt: skip
    judgements = label.judge_pages(rule, figures, when=datetime.now(UTC))
    added = keep(request, dataset, judgements, figures, kind.figure_names)
    judged = {judgement.key: judgement for judgement in judgements}
    pages = label.comparable(human, judged, rest)
    agreement, found = compare(request, kind, dataset, figures, human, judged, pages)
    faults = [f for f in dataset.faults if f.code not in ("absent-file", "empty-label")]
    compared_on = f"{len(pages)} pages" + (" outside the training part" if training else "")
    return Prelabelled(
        rule, tuple(judgements), added, agreement, found, compared_on, dataset.labels,
        (*faults, *refusals),
    )  # fmt: skip


def measure(
    rule: str, dataset: Dataset, jobs: int, progress: Progress
) -> tuple[dict[str, tuple[float, ...]], list[Refusal]]:
    """The rule's figures of each page that can be read, and why the others cannot."""
    figures: dict[str, tuple[float, ...]] = {}
    refusals: list[Refusal] = []
    outcomes = work.run(
        partial(figures_of_item, rule), dataset.items, key=lambda item: item.key,
        name="measuring", jobs=jobs, progress=progress, total=len(dataset),
    )  # fmt: skip
    for outcome in outcomes:
        if outcome.refusal is not None:
            refusals.append(outcome.refusal)
        elif outcome.value is not None:
            figures[outcome.key] = outcome.value
    return figures, refusals


def figures_of_item(rule: str, item: Item) -> tuple[float, ...]:
    """Read one page and take the rule's figures."""
    return label.find_rule(rule).figures_of(open_page(item.path))


def parts(
    request: PrelabelRequest, dataset: Dataset, human: Mapping[str, str]
) -> tuple[dict[str, str] | None, tuple[str, ...] | None]:
    """Labels of the training part, and the pages outside it; None, None without labels."""
    if request.given or request.method != "youden":
        return None, None
    by = audit.GroupBy.column(request.group) if request.group else audit.GroupBy.page()
    labelled = label.relabelled(dataset, human)
    split = audit.make_split(labelled, group=by, fractions=TRAINING_SHARE, seed=request.seed)
    training = {key: human[key] for key in split.keys("train") if key in human}
    return training, (*split.keys("validation"), *split.keys("test"))


def keep(
    request: PrelabelRequest,
    dataset: Dataset,
    judgements: list[Judgement],
    figures: Mapping[str, tuple[float, ...]],
    names: tuple[str, ...],
) -> store.Added | None:
    """Write the judgements to the store, to a CSV file, or both."""
    if request.csv is not None:
        rows = label.judgement_rows(dataset, judgements, figures, names, request.csv.parent)
        store.write_csv(request.csv, ("path", "label", *names, "why"), rows)
    if request.store is None:
        return None
    with store.LabelStore(request.store) as labels:
        labels.register(dataset)
        return labels.add(judgements, only_news=True)


def compare(
    request: PrelabelRequest,
    kind: label.RuleKind,
    dataset: Dataset,
    figures: Mapping[str, tuple[float, ...]],
    human: Mapping[str, str],
    judged: Mapping[str, Judgement],
    pages: list[str],
) -> tuple[Agreement | None, dict[str, Figure]]:
    """Agreement of the rule with people, and what its figures tell alone and together."""
    truth = [human[key] == request.abnormal for key in pages]
    if len(set(truth)) < 2:
        return None, {}
    groups = label.groups_of(dataset, pages, request.group)
    said = [str(judged[key].label) for key in pages]
    agreement = compare_labels([human[key] for key in pages], said, groups, seed=request.seed)
    found = {
        f"auc_{name}": score_auc(truth, [figures[key][k] for key in pages], groups)
        for k, name in enumerate(kind.figure_names)
    }
    folds = min(FOLDS, label.fewest_groups(truth, groups))
    if folds < 2:
        return agreement, found
    values = [figures[key] for key in pages]
    together = label.t_band_out_of_fold(values, truth, groups, folds=folds, seed=request.seed)
    return agreement, found | {"auc_logistic": score_auc(truth, together, groups)}


def _persons(request: PrelabelRequest) -> dict[str, str]:
    """What persons in the store call each page."""
    if request.store is None:
        return {}
    with store.LabelStore(request.store) as labels:
        current = labels.current(source="person")
    return {key: judgement.label for key, judgement in current.items() if judgement.label}
