"""Pages and labels -> findings and splits: copies, conflicts, shortcuts, leaks."""

from ecgpage.audit.given import given_parts
from ecgpage.audit.groups import GroupBy, find_groups
from ecgpage.audit.split import (
    FRACTIONS,
    dataset_fingerprint,
    fold_splits,
    make_split,
    split_as_dict,
    split_from_dict,
)

__all__ = [
    "FRACTIONS",
    "GroupBy",
    "dataset_fingerprint",
    "find_groups",
    "fold_splits",
    "given_parts",
    "make_split",
    "split_as_dict",
    "split_from_dict",
]
