"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["postgres_server", "archive_stack"]

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development data: ``$ECGPAGE_DATA``, or ``../shared/data`` beside the checkout."""
    where = Path(os.environ.get("ECGPAGE_DATA", CHECKOUT.parent / "shared" / "data"))
    if not (where / "README.md").exists():
        pytest.skip(f"development data not found at {where}; set ECGPAGE_DATA to their folder")
    return where
