"""From a model and a data set to an honest report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ecgpage
from ecgpage import label, learn, report, score, store
from ecgpage.flows.evaluate_pages import Gathered, gather
from ecgpage.flows.evaluate_rounds import EvaluateRequest, Rounds, fold_rounds, one_round
from ecgpage.flows.pages import open_page
from ecgpage.values import Dataset, Progress, Refusal, Silent

__all__ = ["EvaluateRequest", "Evaluated", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The report's figures as plain values, and the pages that could not be judged."""

    found: dict[str, Any]
    refusals: tuple[Refusal, ...]


def evaluate(request: EvaluateRequest, progress: Progress | None = None) -> Evaluated:
    """Choose unseen pages, ask the model and its baselines, compute, explain, write."""
    progress = progress or Silent()
    dataset = label.labelled(label.open_dataset(request.dataset))
    score.check_columns(dataset, (*request.subgroups, *request.baseline_columns))
    make_rounds = fold_rounds if request.cross_validate else one_round
    rounds = make_rounds(request, dataset, progress)
    gathered = gather(request, rounds, progress)
    progress.say(f"Computing figures over {request.resamples} draws of groups")
    found = {
        **head(request, dataset, rounds, gathered),
        **score.evaluate(gathered.task, request.resamples, request.seed),
    }
    pictures = explain(request, rounds, gathered, progress)
    write(request, found, pictures)
    faults = tuple(fault for fault in dataset.faults if fault.code != "absent-file")
    return Evaluated(found, (*faults, *gathered.refusals))


def head(
    request: EvaluateRequest, dataset: Dataset, rounds: Rounds, gathered: Gathered
) -> dict[str, Any]:
    """What was judged on what, and how: everything but figures."""
    task, described = gathered.task, rounds.rounds[0].model.description
    names = ("network", "classes", "positive", "threshold_rule", "seed", "members", "created")
    values = described.as_dict()
    return {
        "version": ecgpage.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": {
            "name": request.model.name,
            **{name: values[name] for name in names},
            "temperature": [one.model.description.temperature for one in rounds.rounds],
            "trained_on": described.data_fingerprint,
        },
        "data": {
            "name": request.dataset.name,
            "fingerprint": label.fingerprint(dataset),
            "n": len(task.y),
            "groups": len(set(task.groups)),
            "grouped_by": rounds.grouped_by,
            "by_class": dict(sorted(Counter(task.labels).items())),
            "pages": rounds.how,
            "seen_in_training": list(rounds.seen),
            "unreadable": [refusal.as_dict() for refusal in gathered.refusals],
        },
        "settings": {
            "seed": request.seed,
            "resamples": request.resamples,
            "part": request.part,
            "cross_validate": request.cross_validate,
            "interval": "95 %, percentile bootstrap over groups",
        },
    }


def explain(
    request: EvaluateRequest, rounds: Rounds, gathered: Gathered, progress: Progress
) -> list[report.Mistake]:
    """The worst mistakes as pictures: the page, and what the network held on to."""
    if request.html is None and request.png is None:
        return []
    task = gathered.task
    if learn.sees_measurements(rounds.rounds[0].model.description.preprocessing):
        progress.say("No pictures of mistakes: this model sees measurements, not pixels.")
        return []
    wrong = score.worst_mistakes(
        task.y, task.model.called(), task.model.probability, request.worst
    )  # fmt: skip
    pictures = []
    for place in progress.steps(wrong.tolist(), "explaining mistakes", len(wrong)):
        folder = rounds.rounds[gathered.round_of[place]].model.path
        predictor = learn.Predictor.load(folder, threads=2)
        page = learn.sparing(open_page, predictor.preprocessing)(gathered.items[place].path)
        seen = predictor.preprocessing.apply(page)
        called = int(task.model.called()[place])
        pictures.append(
            report.Mistake(
                key=task.keys[place],
                label=task.labels[place],
                predicted=task.model.classes[called],
                probability=float(task.model.probability[place, called]),
                page=page.image,
                seen=seen[..., 0],
                held_on_to=score.occlusion_map(predictor.probabilities, seen, called),
            )
        )
    return pictures


def write(request: EvaluateRequest, found: dict[str, Any], pictures: list[report.Mistake]) -> None:
    """Write what was asked for."""
    if request.json is not None:
        request.json.parent.mkdir(parents=True, exist_ok=True)
        store.write_json(request.json, found)
    if request.html is not None:
        request.html.parent.mkdir(parents=True, exist_ok=True)
        store.write_text(request.html, report.evaluation_page(found, pictures))
    if request.png is not None:
        report.draw_evaluation(found, pictures, Path(request.png))
