"""From true and estimated records to the field's figures of a digitiser."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ecgpage import read, score, store, work
from ecgpage.values import Progress, Refusal, Refused


@dataclass(frozen=True, slots=True)
class DigitisationScores:
    """Every page, the means over them, and what stood outside.

    ``refusals`` are true records that could not be used; ``strangers`` are the stems of
    estimates that no truth belongs to. Neither is in the means.
    """

    pages: tuple[score.PageScore, ...]
    summary: dict[str, float | int]
    layout: str | None
    refusals: tuple[Refusal, ...]
    strangers: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "layout": self.layout,
            "summary": score.finite_or_none(self.summary),
            "pages": [page.as_dict() for page in self.pages],
            "refusals": [refusal.as_dict() for refusal in self.refusals],
            "estimates_without_truth": list(self.strangers),
        }


def score_digitisation(
    truth: Path,
    estimates: Path,
    layout: str | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> DigitisationScores:
    """Match records by stem, mask the truth to what the layout shows, and score each page."""
    if layout is not None:
        score.parse_layout(layout)
    pairs, strangers = score.pair_records(truth, estimates)
    outcomes = list(
        work.run(
            partial(score_pair, layout=layout), pairs, key=lambda pair: pair.stem,
            name="scoring records", jobs=jobs, progress=progress, total=len(pairs),
        )
    )  # fmt: skip
    pages = tuple(outcome.value for outcome in outcomes if outcome.value is not None)
    refusals = tuple(outcome.refusal for outcome in outcomes if outcome.refusal is not None)
    return DigitisationScores(
        pages, score.summarise_pages(pages), layout, refusals, tuple(strangers)
    )


def score_pair(pair: score.Pair, layout: str | None) -> score.PageScore:
    """One page: a missing, unreadable or unfit estimate counts 0 dB with its reason."""
    truth = read.read_record(pair.truth)
    if layout is not None:
        truth = score.mask_to_layout(truth, layout)
    score.check_truth(truth)
    if pair.estimate is None:
        return score.failed_page(pair.stem, score.no_estimate(pair))
    try:
        return score.compare_records(truth, read.read_record(pair.estimate), pair.stem)
    except Refused as error:
        return score.failed_page(pair.stem, error.refusal)


def write_scores(scores: DigitisationScores, path: Path) -> None:
    """Write everything as JSON."""
    store.write_json(path, scores.as_dict())
