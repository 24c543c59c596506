"""Pages and people into judgements."""

from ecgpage.label.datasets import labelled, open_dataset
from ecgpage.label.fingerprint import fingerprint
from ecgpage.label.prelabel import (
    METHODS,
    comparable,
    groups_of,
    human_labels,
    judge_pages,
    judgement_rows,
    make_rule,
    relabelled,
)
from ecgpage.label.rules import RULES, Rule, RuleKind, find_rule, register
from ecgpage.label.t_band import TBandFigures, TBandRule, t_band_figures
from ecgpage.label.t_band_model import fewest_groups, t_band_logistic, t_band_out_of_fold
from ecgpage.label.t_band_thresholds import thresholds_by_otsu, thresholds_by_youden

__all__ = [
    "METHODS",
    "RULES",
    "Rule",
    "RuleKind",
    "TBandFigures",
    "TBandRule",
    "comparable",
    "fewest_groups",
    "find_rule",
    "fingerprint",
    "groups_of",
    "human_labels",
    "judge_pages",
    "judgement_rows",
    "labelled",
    "make_rule",
    "open_dataset",
    "register",
    "relabelled",
    "t_band_figures",
    "t_band_logistic",
    "t_band_out_of_fold",
    "thresholds_by_otsu",
    "thresholds_by_youden",
]
