"""Pages and labels -> findings and splits: copies, conflicts, shortcuts, leaks."""

from ecgpage.audit.checks import REGISTRY, run_checks
from ecgpage.audit.given import given_parts
from ecgpage.audit.groups import GroupBy, find_groups
from ecgpage.audit.leaks import leaks
from ecgpage.audit.split import (
    FRACTIONS,
    dataset_fingerprint,
    fold_splits,
    make_split,
    split_as_dict,
    split_from_dict,
)
from ecgpage.audit.traits import PageTraits, describe, traits_row
from ecgpage.audit.twins import TwinPair, cluster_twins, find_twins, twins_algorithm
from ecgpage.audit.view import View

__all__ = [
    "FRACTIONS",
    "REGISTRY",
    "GroupBy",
    "PageTraits",
    "TwinPair",
    "View",
    "cluster_twins",
    "dataset_fingerprint",
    "describe",
    "find_groups",
    "find_twins",
    "fold_splits",
    "given_parts",
    "leaks",
    "make_split",
    "run_checks",
    "split_as_dict",
    "split_from_dict",
    "traits_row",
    "twins_algorithm",
]
