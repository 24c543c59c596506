"""Pages and people into judgements."""

from ecgpage.label.datasets import labelled, open_dataset
from ecgpage.label.fingerprint import fingerprint
from ecgpage.label.imports import Labels, read_labels
from ecgpage.label.json_form import labels_as_json, load_json
from ecgpage.label.label_studio import tasks_of
from ecgpage.label.parts import parts_in_column, with_parts
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
    "Labels",
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
    "labels_as_json",
    "load_json",
    "make_rule",
    "open_dataset",
    "parts_in_column",
    "read_labels",
    "register",
    "relabelled",
    "t_band_figures",
    "t_band_logistic",
    "t_band_out_of_fold",
    "tasks_of",
    "thresholds_by_otsu",
    "thresholds_by_youden",
    "with_parts",
]
