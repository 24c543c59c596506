"""Whether what training needs is there: asked before an hour of work, not after it."""

from __future__ import annotations

import importlib.util
import os

from ecgpage.values import missing_extra

NEEDED = ("keras", "onnx")


def check_installed(purpose: str, *more: str) -> None:
    """See that Keras, its backend and what writes models can be imported; loads none of them.

    Raises
    ------
    WrongUse
        ``missing-extra`` with the pip command.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    for package in (*NEEDED, backend, *more):
        if not _is_there(package):
            raise missing_extra(package, "train", purpose)


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False
    except ValueError:  # loaded already, and without a specification
        return True
