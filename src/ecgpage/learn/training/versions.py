"""Versions of what a model was made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES: tuple[str, ...] = (
    "ecgpage", "keras", "tensorflow", "tensorflow-cpu", "torch", "jax", "numpy",
    "opencv-python-headless", "onnx", "onnxruntime",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Version of Python and of each package that is installed."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
