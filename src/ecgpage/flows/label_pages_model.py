"""What a model says of each page, and whether it had learned from that page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecgpage import label, learn, store
from ecgpage.flows.evaluate_rounds import read_split
from ecgpage.flows.label_pages import Desk
from ecgpage.flows.label_pages_pictures import open_page
from ecgpage.values import Item, Progress, Refusal, Refused, Silent, WrongUse


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probabilities of the classes for one page.

    ``unseen`` is True where the model is known not to have been trained on the page.
    """

    label: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    threshold: float | None
    unseen: bool
    why: str

    @property
    def doubt(self) -> float:
        """1 where two classes are equally probable (at the threshold), 0 where one is certain.

        The margin between the two most probable classes (Scheffer et al. 2001); with two
        classes the distance from the model's own threshold, on each side as a share of it.
        """
        if self.threshold is not None and len(self.classes) == 2:
            p, t = self.probabilities[1], min(max(self.threshold, 1e-6), 1 - 1e-6)
            return 1 - (t - p) / t if p < t else 1 - (p - t) / (1 - t)
        first, second = sorted(self.probabilities, reverse=True)[:2]
        return 1 - (first - second)


@dataclass(frozen=True, slots=True)
class Judge:
    """A model, and which pages it is known not to have learned from."""

    name: str
    predictor: learn.Predictor
    unseen: frozenset[str]


def find_judges(model: Path, desk: Desk) -> tuple[Judge, ...]:
    """The model, or the models of a cross-validation (``MODEL.cvK``).

    Raises
    ------
    WrongUse
        ``unusable-model``, ``other-classes``.
    """
    folds = sorted(model.glob("fold-*/model"))
    judges = tuple(judge_of(fold, desk, fold.parent / "pages.csv") for fold in folds)
    return judges or (judge_of(model, desk, None),)


def judge_of(folder: Path, desk: Desk, manifest: Path | None) -> Judge:
    """One model with the pages outside its training and validation parts."""
    described = store.read_model(folder)
    predictor = learn.Predictor.load(described.path, threads=1)
    if manifest is not None:
        part = parts_by_path(manifest)
        parts = {item.key: part.get(str(Path(item.path).resolve())) for item in desk.dataset}
        unseen = {key for key, name in parts.items() if name == "test"}
        name = folder.parent.name
    else:
        split = read_split(described)[0]
        learned = {} if split is None else split.part
        unseen = set() if split is None else {k for k in desk.items if not fitted(learned.get(k))}
        name = folder.name
    return Judge(name, predictor, frozenset(unseen))


def fitted(part: str | None) -> bool:
    """Whether a page of this part had a say in the model."""
    return part in ("train", "validation")


def parts_by_path(manifest: Path) -> dict[str, str]:
    """The part of each page of a fold, by where the page lies."""
    items = label.open_dataset(manifest).items
    return {str(Path(item.path).resolve()): item.columns.get("split", "") for item in items}


def judge_pages(
    desk: Desk, model: Path, progress: Progress | None = None
) -> Iterator[tuple[str, Opinion | Refusal]]:
    """What the model says of each page, one by one; a page that cannot be read is told.

    With the models of a cross-validation each page goes to the one that has not seen it, and
    a page that all have seen, or none knows, to the first.
    """
    judges = find_judges(model, desk)
    shown = (progress or Silent()).steps(desk.dataset.items, "predicting", len(desk.dataset))
    for item in shown:
        judge = next((one for one in judges if item.key in one.unseen), judges[0])
        try:
            yield item.key, opinion(desk, judge, item)
        except WrongUse:
            raise
        except Refused as error:
            yield item.key, error.refusal


def opinion(desk: Desk, judge: Judge, item: Item) -> Opinion:
    """One page before one model."""
    predictor = judge.predictor
    said = predictor.predict([open_page(desk, item.key)])[0]
    unseen = item.key in judge.unseen
    why = f"{predictor.positive} with probability {said.probability:.2f}"
    if predictor.threshold is not None:
        why += f" (threshold {predictor.threshold:.2f})"
    why += ", page not used in training" if unseen else ", page may have been used in training"
    ordered = in_order(predictor, said)
    return Opinion(said.label, ordered[0], ordered[1], predictor.threshold, unseen, why)


def in_order(
    predictor: learn.Predictor, said: learn.Prediction
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Classes and probabilities, the positive class last where there are two."""
    by_class: Mapping[str, float] = dict(zip(predictor.classes, said.probabilities, strict=True))
    names = sorted(by_class, key=lambda name: (name == predictor.positive, name))
    return tuple(names), tuple(by_class[name] for name in names)
