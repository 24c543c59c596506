"""Truth and prediction into figures."""

from ecgpage.score.agreement import (
    Agreement,
    cohen_kappa,
    compare_labels,
    fleiss_kappa,
    score_auc,
)
from ecgpage.score.baselines import logistic as logistic_baseline
from ecgpage.score.baselines import majority as majority_baseline
from ecgpage.score.baselines import numbers as column_numbers
from ecgpage.score.binary import binary_figures
from ecgpage.score.calibration import (
    CalibrationBin,
    apply_temperature,
    calibration_curve,
    ece,
    fit_temperature,
)
from ecgpage.score.curves import Curve, precision_recall_curve, roc_curve
from ecgpage.score.delineation import (
    WITHIN_S,
    DelineationScore,
    PointScore,
    add_scores,
    count_invented,
    marked_span,
    score_waves,
)
from ecgpage.score.digitisation import (
    LeadScore,
    PageScore,
    check_truth,
    compare_records,
    finite_or_none,
)
from ecgpage.score.digitisation import failed as failed_page
from ecgpage.score.digitisation import summarise as summarise_pages
from ecgpage.score.evaluation import Missing, Task, evaluate
from ecgpage.score.many import many_figures
from ecgpage.score.occlusion import occlusion_map, worst_mistakes
from ecgpage.score.pairs import Pair, no_estimate, pair_records
from ecgpage.score.predictions import (
    Predictions,
    classification_report,
    confusion,
    figures_of,
    paired_differences,
    pool,
    subgroup_figures,
)
from ecgpage.score.resampling import Figure, bootstrap
from ecgpage.score.selection import (
    Selection,
    check_columns,
    check_labels,
    choose_pages,
    parts_by_model,
    refuse_leaks,
)
from ecgpage.score.shown import mask_to_layout, parse_layout
from ecgpage.score.threshold import CRITERIA, best_threshold

__all__ = [
    "CRITERIA",
    "WITHIN_S",
    "Agreement",
    "CalibrationBin",
    "Curve",
    "DelineationScore",
    "Figure",
    "LeadScore",
    "Missing",
    "PageScore",
    "Pair",
    "PointScore",
    "Predictions",
    "Selection",
    "Task",
    "add_scores",
    "apply_temperature",
    "best_threshold",
    "binary_figures",
    "bootstrap",
    "calibration_curve",
    "check_columns",
    "check_labels",
    "check_truth",
    "choose_pages",
    "classification_report",
    "cohen_kappa",
    "column_numbers",
    "compare_labels",
    "compare_records",
    "confusion",
    "count_invented",
    "ece",
    "evaluate",
    "failed_page",
    "figures_of",
    "finite_or_none",
    "fit_temperature",
    "fleiss_kappa",
    "logistic_baseline",
    "majority_baseline",
    "many_figures",
    "marked_span",
    "mask_to_layout",
    "no_estimate",
    "occlusion_map",
    "pair_records",
    "paired_differences",
    "parse_layout",
    "parts_by_model",
    "pool",
    "precision_recall_curve",
    "refuse_leaks",
    "roc_curve",
    "score_auc",
    "score_waves",
    "subgroup_figures",
    "summarise_pages",
    "worst_mistakes",
]
