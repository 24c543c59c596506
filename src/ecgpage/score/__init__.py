"""Truth and prediction into figures."""

from ecgpage.score.binary import binary_figures
from ecgpage.score.calibration import (
    CalibrationBin,
    apply_temperature,
    calibration_curve,
    ece,
    fit_temperature,
)
from ecgpage.score.resampling import Figure, bootstrap
from ecgpage.score.threshold import CRITERIA, best_threshold

__all__ = [
    "CRITERIA",
    "CalibrationBin",
    "Figure",
    "apply_temperature",
    "best_threshold",
    "binary_figures",
    "bootstrap",
    "calibration_curve",
    "ece",
    "fit_temperature",
]
