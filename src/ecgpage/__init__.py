"""ecgpage: electrocardiograms as pictures, honestly read, labelled, audited and learned.

The Python API is the package's rooms (:mod:`ecgpage.read`, :mod:`ecgpage.audit` ...) and
the story functions in :mod:`ecgpage.flows`; they are imported when first touched.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__version__ = "0.1.0"

_ROOMS = (
    "audit", "digitise", "flows", "label", "learn", "measure", "read", "render", "report",
    "score", "store", "values", "work",
)  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return importlib.import_module(f"ecgpage.{name}")
    raise AttributeError(f"module 'ecgpage' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
