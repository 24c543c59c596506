"""Pages and people into judgements."""

from ecgpage.label.datasets import labelled, open_dataset
from ecgpage.label.fingerprint import fingerprint

__all__ = ["fingerprint", "labelled", "open_dataset"]
