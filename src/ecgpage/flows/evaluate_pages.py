"""Pages into what the model and its baselines say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage import label, learn, score, store, work
from ecgpage.flows.evaluate_rounds import (
    MEASURES,
    SEED,
    EvaluateRequest,
    Round,
    Rounds,
)
from ecgpage.flows.measure_page import register_vectors
from ecgpage.flows.pages import open_page
from ecgpage.values import Item, Page, Progress, Refusal, Refused

T_BAND = "T-band rule"
BESIDE = {
    SEED: "trained on the same pages",
    MEASURES: "measured waves of the same pages; one that cannot be digitised counts as average",
}
"""What the networks beside the model are."""


@dataclass(frozen=True, slots=True)
class Look:
    """A pure, picklable function: what each network and the T band say of a page."""

    predictors: tuple[learn.Predictor, ...] = ()

    def __call__(self, item: Item) -> Seen:
        """Ask everybody; each network sees the page as it did in training."""
        register_vectors()
        page = open_page(item.path)
        said = tuple(
            asked(one, item, page, beside=number > 0) for number, one in enumerate(self.predictors)
        )
        return Seen(said, tuple(label.t_band_figures(page)))


def asked(predictor: learn.Predictor, item: Item, page: Page, *, beside: bool) -> tuple[float, ...]:
    """A network's probabilities; one that stands beside takes a page that cannot be measured for
    an average one, so that the page still counts for the others."""
    try:
        seen = as_trained(item.path, page, predictor.preprocessing)
        return predictor.predict([seen])[0].probabilities
    except Refused:
        if not beside:
            raise
        nothing = np.full((1, predictor.preprocessing.height, predictor.preprocessing.width, 1),
                          np.nan, dtype=np.float32)  # fmt: skip
        return tuple(float(p) for p in predictor.probabilities(nothing)[0])


def as_trained(path: str, page: Page, preprocessing: learn.Preprocessing | learn.Vectors) -> Page:
    """The page as training read it: a large JPEG is decoded smaller, which changes its pixels."""
    return learn.sparing(open_page, preprocessing)(path) if page.format == "JPEG" else page


@dataclass(frozen=True, slots=True)
class Seen:
    """Probabilities by each network, and the three figures of the T band."""

    probabilities: tuple[tuple[float, ...], ...]
    t_band: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The task for ``score``, its pages in order, the round of each, and what was unreadable."""

    task: score.Task
    items: tuple[Item, ...]
    round_of: NDArray[np.intp]
    refusals: tuple[Refusal, ...]


def gather(request: EvaluateRequest, rounds: Rounds, progress: Progress) -> Gathered:
    """Ask the model of each round about its pages, fit the baselines, and put all in order."""
    parts, refusals = [], list[Refusal]()
    for one in rounds.rounds:
        seen, bad = look(request, one, progress)
        refusals += bad
        parts.append(judge_round(request, rounds, one, seen))
    items = tuple(item for part in parts for item in part.test)
    counts = [len(part.test) for part in parts]
    places = np.split(np.arange(len(items)), np.cumsum(counts)[:-1])
    round_of = np.repeat(np.arange(len(parts)), counts)
    model = score.pool([(where, part.model) for where, part in zip(places, parts, strict=True)],
                       len(items))  # fmt: skip
    task = score.Task(
        keys=[item.key for item in items],
        labels=[str(item.label) for item in items],
        y=np.concatenate([part.y for part in parts]),
        groups=[rounds.groups.get(item.key, item.key) for item in items],
        model=model,
        uncalibrated=np.concatenate([part.uncalibrated for part in parts]),
        baselines=[
            pooled(number, parts, places, len(items)) for number in range(len(parts[0].baselines))
        ],
        columns=columns_of(request.subgroups, items),
        folds=round_of if request.cross_validate else None,
    )
    return Gathered(task, items, round_of, tuple(refusals))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One round: its readable test pages and everything said of them."""

    test: tuple[Item, ...]
    y: NDArray[np.intp]
    model: score.Predictions
    uncalibrated: NDArray[np.float64]
    baselines: tuple[score.Predictions | score.Missing, ...]


def look(
    request: EvaluateRequest, one: Round, progress: Progress
) -> tuple[dict[str, Seen], list[Refusal]]:
    """Read the test pages with all networks, and the training pages for the T band."""
    predictors = tuple(learn.Predictor.load(folder.path) for folder in networks(one))
    seen: dict[str, Seen] = {}
    refusals: list[Refusal] = []
    tasks = (
        (Look(predictors), one.test, "judging pages"),
        (Look(), one.train, "reading training pages"),
    )
    for function, items, name in tasks:
        for outcome in work.run(
            function, items, key=lambda item: item.key, name=name, jobs=request.jobs,
            progress=progress, total=len(items),
        ):  # fmt: skip
            if outcome.value is not None:
                seen[outcome.key] = outcome.value
            elif outcome.refusal is not None:
                refusals.append(outcome.refusal)
    return seen, refusals


def networks(one: Round) -> list[store.ModelFolder]:
    """The model, and the seed network and the model on measurements where they are at hand."""
    beside = (one.seed_network, one.measures)
    return [one.model, *(folder for folder in beside if isinstance(folder, store.ModelFolder))]


def judge_round(
    request: EvaluateRequest, rounds: Rounds, one: Round, seen: Mapping[str, Seen]
) -> Judged:
    """What the model and each baseline say of the readable test pages of a round."""
    described = one.model.description
    classes, positive = tuple(described.classes), described.classes.index(described.positive)
    test = tuple(item for item in one.test if item.key in seen)
    learned = tuple(item for item in one.train if item.key in seen)
    y = np.array(score.check_labels(test, classes, str(request.dataset)), dtype=np.intp)
    y_train = np.array(score.check_labels(learned, classes, str(request.dataset)), dtype=np.intp)
    said = [network_says(folder, number, test, seen)
            for number, folder in enumerate(networks(one))]  # fmt: skip
    counts = described.pages.get("train", {})
    shares = np.repeat(np.arange(len(classes)), [int(counts.get(name, 0)) for name in classes])
    known = y_train if len(y_train) else shares
    baselines: list[score.Predictions | score.Missing] = [
        score.majority_baseline(known, len(test), classes, positive)
        if len(known)
        else score.Missing("majority class", "the training pages' labels are not at hand"),
        t_band(rounds, test, y, learned, y_train, seen, classes, positive),
        *(column(name, test, learned, y_train, classes, positive)
          for name in request.baseline_columns),
    ]  # fmt: skip
    number = 1
    for name, beside in ((SEED, one.seed_network), (MEASURES, one.measures)):
        if isinstance(beside, store.ModelFolder):
            baselines.append(renamed(said[number], name, BESIDE[name]))
            number += 1
        elif beside is not None:
            baselines.append(beside)
    raw = score.apply_temperature(said[0].probability, 1.0 / described.temperature)
    return Judged(test, y, said[0], raw, tuple(baselines))


def network_says(
    folder: store.ModelFolder, number: int, test: Sequence[Item], seen: Mapping[str, Seen]
) -> score.Predictions:
    """A network's predictions of the test pages, with the threshold that it came with."""
    described = folder.description
    table = np.array([seen[item.key].probabilities[number] for item in test])
    threshold = 0.5 if described.threshold is None else described.threshold
    positive = described.classes.index(described.positive)
    name = f"this model ({described.network})"
    table = table.reshape(len(test), len(described.classes))
    return score.Predictions(name, tuple(described.classes), positive, table, threshold)


def renamed(said: score.Predictions, name: str, note: str) -> score.Predictions:
    """The same predictions under another name."""
    return score.Predictions(
        name, said.classes, said.positive, said.probability, said.threshold, note
    )


def t_band(
    rounds: Rounds,
    test: Sequence[Item],
    y: NDArray[np.intp],
    learned: Sequence[Item],
    y_train: NDArray[np.intp],
    seen: Mapping[str, Seen],
    classes: tuple[str, ...],
    positive: int,
) -> score.Predictions | score.Missing:
    """The T band's three figures in a logistic model, fitted on the training pages."""
    figures = np.array([seen[item.key].t_band for item in test])
    try:
        if len(learned):
            fitted = np.array([seen[item.key].t_band for item in learned])
            return score.logistic_baseline(
                T_BAND, fitted, y_train, figures, classes, positive,
                "its three figures in a logistic model, fitted on the training pages",
            )  # fmt: skip
        if len(classes) > 2:
            return score.Missing(T_BAND, "no training pages in this data set")
        groups = [rounds.groups.get(item.key, item.key) for item in test]
        p = label.t_band_out_of_fold(figures, y == positive, groups, seed=0)
    except Refused as refused:
        return score.Missing(T_BAND, refused.refusal.what)
    table = np.stack([1 - p, p] if positive == 1 else [p, 1 - p], axis=1)
    note = "no training pages at hand: fitted on these very pages, out of fold, which flatters it"
    return score.Predictions(T_BAND, classes, positive, table, 0.5, note)


def column(
    name: str,
    test: Sequence[Item],
    learned: Sequence[Item],
    y_train: NDArray[np.intp],
    classes: tuple[str, ...],
    positive: int,
) -> score.Predictions | score.Missing:
    """One column of the manifest in a logistic model, fitted on the training pages."""
    shown = f"column {name}"
    if not learned:
        return score.Missing(shown, "no training pages in this data set")
    there, here = (
        score.column_numbers([item.columns.get(name, "") for item in items])
        for items in (learned, test)
    )
    try:
        note = "this number alone in a logistic model, fitted on the training pages"
        return score.logistic_baseline(shown, there, y_train, here, classes, positive, note)
    except Refused as refused:
        return score.Missing(shown, refused.refusal.what)


def pooled(
    number: int, parts: Sequence[Judged], places: Sequence[NDArray[np.intp]], pages: int
) -> score.Predictions | score.Missing:
    """One baseline over all rounds; missing where it is missing in one of them."""
    found: list[tuple[NDArray[np.intp], score.Predictions]] = []
    for where, part in zip(places, parts, strict=True):
        base = part.baselines[number]
        if isinstance(base, score.Missing):
            return base
        found.append((where, base))
    return score.pool(found, pages)


def columns_of(names: Sequence[str], items: Sequence[Item]) -> dict[str, list[str]]:
    """The subgroup columns' values."""
    return {name: [item.columns.get(name, "") for item in items] for name in names}
