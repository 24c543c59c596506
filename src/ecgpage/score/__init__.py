"""Truth and prediction into figures."""

from ecgpage.score.binary import binary_figures
from ecgpage.score.calibration import (
    CalibrationBin,
    apply_temperature,
    calibration_curve,
    ece,
    fit_temperature,
)
from ecgpage.score.digitisation import LeadScore, PageScore, compare_records
from ecgpage.score.digitisation import failed as failed_page
from ecgpage.score.digitisation import summarise as summarise_pages
from ecgpage.score.resampling import Figure, bootstrap
from ecgpage.score.shown import mask_to_layout
from ecgpage.score.threshold import CRITERIA, best_threshold

__all__ = [
    "CRITERIA",
    "CalibrationBin",
    "Figure",
    "LeadScore",
    "PageScore",
    "apply_temperature",
    "best_threshold",
    "binary_figures",
    "bootstrap",
    "calibration_curve",
    "compare_records",
    "ece",
    "failed_page",
    "fit_temperature",
    "mask_to_layout",
    "summarise_pages",
]
