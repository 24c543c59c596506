"""How well a page was turned back into leads: both field metrics, error, correlation, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.score import challenge2024, kaggle2025
from ecgpage.values import Record, Refusal, Refused


@dataclass(frozen=True, slots=True)
class LeadScore:
    """One lead. RMSE and correlation are of the samples as they stand, without alignment.

    ``shift_s`` and ``offset_mv`` say how much later and higher the estimate lay where the
    challenge's alignment accepted it.
    """

    lead: str
    challenge_snr_db: float
    rmse_mv: float
    correlation: float
    coverage: float
    shift_s: float
    offset_mv: float


@dataclass(frozen=True, slots=True)
class PageScore:
    """One page; ``failure`` says why there is no estimate (0 dB, coverage 0)."""

    name: str
    challenge_snr_db: float
    kaggle_ratio: float
    rmse_mv: float
    correlation: float
    coverage: float
    leads: tuple[LeadScore, ...] = field(default=())
    failure: Refusal | None = None

    @property
    def kaggle_snr_db(self) -> float:
        """The page's Kaggle ratio in dB."""
        return kaggle2025.decibels(self.kaggle_ratio)

    def as_dict(self) -> dict[str, Any]:
        """The page for JSON; null where a figure does not exist or is infinite."""
        names = ("challenge_snr_db", "kaggle_snr_db", "rmse_mv", "correlation", "coverage")
        leads = [
            {key: _plain(getattr(lead, key)) for key in LeadScore.__slots__} for lead in self.leads
        ]
        return {
            "name": self.name,
            **{name: _plain(getattr(self, name)) for name in names},
            "failure": None if self.failure is None else self.failure.as_dict(),
            "leads": leads,
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def finite_or_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for JSON: null in place of NaN and infinity."""
    return {name: _plain(value) for name, value in values.items()}


def failed(name: str, why: Refusal) -> PageScore:
    """A page without an estimate: 0 dB in both metrics, nothing covered."""
    return PageScore(name, 0.0, 1.0, float("nan"), float("nan"), 0.0, failure=why)


def check_truth(truth: Record) -> None:
    """Refuse a truth that shows nothing: no estimate could be judged by it."""
    if not np.isfinite(truth.signal_mv).any():
        raise Refused(
            Refusal(
                truth.name,
                "the truth shows no sample of any lead",
                "at least one lead with numbers",
                "NaN everywhere",
                "Check the record, or the layout it was masked to.",
                "empty-truth",
            )
        )


def compare_records(truth: Record, estimate: Record, name: str | None = None) -> PageScore:
    """Score one estimate against its truth, lead by lead (names compared without case).

    Raises
    ------
    Refused
        Where the sampling rates differ, or the truth shows nothing.
    """
    check_truth(truth)
    if truth.rate_hz != estimate.rate_hz:
        raise Refused(
            Refusal(
                name or truth.name,
                "truth and estimate have different sampling rates",
                f"{truth.rate_hz:g} Hz as in the truth",
                f"{estimate.rate_hz:g} Hz",
                "Resample one of them; both metrics are defined sample by sample.",
                "rate-differs",
            )
        )
    known = [lead for lead in truth.leads if np.isfinite(truth.lead(lead)).any()]
    given = {lead.casefold(): lead for lead in estimate.leads}
    nothing = np.full(estimate.signal_mv.shape[1], np.nan)
    pairs = {
        lead: (
            np.asarray(truth.lead(lead), dtype=np.float64),
            np.asarray(estimate.lead(given[lead.casefold()]), dtype=np.float64)
            if lead.casefold() in given
            else nothing,
        )
        for lead in known
    }
    leads = tuple(_lead(name, *pair, truth.rate_hz) for name, pair in pairs.items())
    powers = [kaggle2025.lead_powers(*pair, truth.rate_hz) for pair in pairs.values()]
    return PageScore(
        name=name or truth.name,
        challenge_snr_db=_mean([lead.challenge_snr_db for lead in leads]),
        kaggle_ratio=kaggle2025.page_ratio(powers),
        rmse_mv=_mean([lead.rmse_mv for lead in leads]),
        correlation=_mean([lead.correlation for lead in leads]),
        coverage=_mean([lead.coverage for lead in leads]),
        leads=leads,
    )


def _lead(
    name: str, truth: NDArray[np.float64], estimate: NDArray[np.float64], rate_hz: float
) -> LeadScore:
    snr, shift = challenge2024.aligned_snr_db(truth, estimate, rate_hz)
    common = min(len(truth), len(estimate))
    both = np.isfinite(truth[:common]) & np.isfinite(estimate[:common])
    a, b = truth[:common][both], estimate[:common][both]
    varied = len(a) > 1 and a.std() > 0 and b.std() > 0
    return LeadScore(
        lead=name,
        challenge_snr_db=snr,
        rmse_mv=float(np.sqrt(np.mean((a - b) ** 2))) if len(a) else float("nan"),
        correlation=float(np.corrcoef(a, b)[0, 1]) if varied else float("nan"),
        coverage=float(len(a) / np.isfinite(truth).sum()),
        shift_s=shift.samples / rate_hz,
        offset_mv=shift.mv,
    )


def _mean(values: Sequence[float]) -> float:
    """Mean without NaN; NaN if nothing is left."""
    left = [value for value in values if not np.isnan(value)]
    return float(np.mean(left)) if left else float("nan")


def summarise(pages: Sequence[PageScore]) -> dict[str, float | int]:
    """Means over all pages, a failed page with 0 dB and no coverage.

    ``challenge_snr_db`` and ``kaggle_snr_db`` are means of the pages' dB;
    ``kaggle_score_db`` is the competition's own score, the mean ratio in dB (a failed page
    with ratio 1). RMSE and correlation are of the pages that have an estimate.
    """
    return {
        "pages": len(pages),
        "failures": sum(page.failure is not None for page in pages),
        "challenge_snr_db": _mean([page.challenge_snr_db for page in pages]),
        "kaggle_snr_db": _mean([page.kaggle_snr_db for page in pages]),
        "kaggle_score_db": kaggle2025.decibels(_mean([page.kaggle_ratio for page in pages])),
        "rmse_mv": _mean([page.rmse_mv for page in pages]),
        "correlation": _mean([page.correlation for page in pages]),
        "coverage": _mean([page.coverage for page in pages]),
    }
