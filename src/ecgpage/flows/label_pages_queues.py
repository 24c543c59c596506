"""Which pages come next: queues by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgpage.flows.label_pages import Desk, own_labels
from ecgpage.flows.label_pages_agreement import disagreements
from ecgpage.flows.label_pages_model import Opinion
from ecgpage.values import Judgement, Refusal, WrongUse, missing_extra

DOUBTFUL_LABELS: tuple[str, ...] = ("Unsure",)
DOUBTFUL_TAGS: tuple[str, ...] = ("doubtful", "unsure", "ask")


@dataclass(frozen=True, slots=True)
class View:
    """Who asks, and what a model has said so far."""

    desk: Desk
    reader: str
    opinions: Mapping[str, Opinion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A list of pages: its title, what it is for, and whether it needs a model.

    ``resumes``: a reader goes on behind the page they labelled last, not at the beginning.
    """

    title: str
    what: str
    keys: Callable[[View], list[str]]
    needs_model: bool = False
    resumes: bool = False


def unlabelled(view: View) -> list[str]:
    """Pages that the reader has not labelled."""
    own = own_labels(view.desk, view.reader)
    return [key for key in view.desk.items if key not in own]


def untouched(view: View) -> list[str]:
    """Pages that no person has labelled."""
    said = view.desk.labels.current(source="person")
    return [key for key in view.desk.items if key not in said]


def doubtful(view: View) -> list[str]:
    """Pages that the reader called unsure, or tagged so."""
    own = own_labels(view.desk, view.reader)
    return [key for key in view.desk.items if key in own and in_doubt(own[key])]


def in_doubt(said: Judgement) -> bool:
    """Whether a judgement says so itself."""
    return said.label in DOUBTFUL_LABELS or any(tag in DOUBTFUL_TAGS for tag in said.tags)


def rule_disagrees(view: View) -> list[str]:
    """Pages that a rule calls something else than people do."""
    said, people = view.desk.labels.current(source="rule"), labels_of_people(view.desk)
    return [
        key
        for key in view.desk.items
        if key in said and key in people and said[key].label != people[key]
    ]


def labels_of_people(desk: Desk) -> dict[str, str]:
    """What persons call each page, else what the data set itself does."""
    found = {item.key: item.label for item in desk.dataset if item.label is not None}
    for key, said in desk.labels.current(source="person").items():
        if said.label is not None:
            found[key] = said.label
    return found


def unsure(view: View) -> list[str]:
    """Pages that the reader has not labelled, the model's most doubtful first."""
    own = own_labels(view.desk, view.reader)
    left = [key for key in view.desk.items if key in view.opinions and key not in own]
    return sorted(left, key=lambda key: -view.opinions[key].doubt)


def suspects(view: View) -> list[str]:
    """Pages whose label is probably wrong, the most suspicious first.

    Confident learning on predictions of models that have not seen the page (Northcutt et al.,
    J Artif Intell Res 2021;70:1373-1411), as cleanlab does it: pages whose given label is
    less probable than the classes' mean confidence allows, ranked by self-confidence.

    Raises
    ------
    WrongUse
        ``missing-extra``.
    """
    keys, given, probabilities = labelled_opinions(view)
    if len(set(given)) < 2:
        return []
    try:
        from cleanlab.filter import find_label_issues
    except ModuleNotFoundError as error:
        raise missing_extra("cleanlab", "web", "the queue of suspected label errors") from error
    ranked = find_label_issues(
        np.asarray(given), probabilities,
        return_indices_ranked_by="self_confidence", n_jobs=1,
    )  # fmt: skip
    return [keys[int(place)] for place in ranked]


def labelled_opinions(view: View) -> tuple[list[str], list[int], NDArray[np.float64]]:
    """Keys, class numbers and probabilities of labelled pages the model has not seen."""
    people = labels_of_people(view.desk)
    kept = [
        key
        for key, said in view.opinions.items()
        if said.unseen and people.get(key) in said.classes
    ]
    given = [view.opinions[key].classes.index(people[key]) for key in kept]
    return kept, given, np.array([view.opinions[key].probabilities for key in kept])


def everything(view: View) -> list[str]:
    """Every page, in the data set's order."""
    return list(view.desk.items)


def readers_disagree(view: View) -> list[str]:
    """Pages on which two readers differ and nobody has settled it."""
    return disagreements(view.desk)


QUEUES: dict[str, Queue] = {
    "unlabelled": Queue("Not yet labelled by me", "without a label of yours", unlabelled),
    "all": Queue("All pages", "in the data set's order", everything, resumes=True),
    "untouched": Queue("Labelled by nobody", "without any person's label", untouched),
    "doubtful": Queue("My doubtful pages", "you called them unsure or tagged them", doubtful),
    "rule": Queue("Rule and person disagree", "a rule says otherwise", rule_disagrees),
    "readers": Queue("Readers disagree", "two differ, nobody has settled it", readers_disagree),
    "unsure": Queue("Model most unsure", "its most doubtful pages first", unsure, needs_model=True),
    "suspects": Queue(
        "Suspected label errors", "a model doubts the label", suspects, needs_model=True
    ),
}


def find_queue(name: str) -> Queue:
    """The queue of that name.

    Raises
    ------
    WrongUse
        ``unknown-queue``.
    """
    if name not in QUEUES:
        raise WrongUse(
            Refusal("queue", "there is no such queue", "one of " + ", ".join(QUEUES),
                    "another name", "Choose one of them.", "unknown-queue")
        )  # fmt: skip
    return QUEUES[name]


def resume_at(keys: list[str], own: Mapping[str, Judgement]) -> int:
    """Where a reader goes on: behind the page they labelled last, at the next without label."""
    last = max((key for key in keys if key in own), key=lambda key: own[key].when, default=None)
    if last is None:
        return 0
    after = keys.index(last) + 1
    places = [*range(after, len(keys)), *range(after)]
    return next((place for place in places if keys[place] not in own), min(after, len(keys) - 1))
