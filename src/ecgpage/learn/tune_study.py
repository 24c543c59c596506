"""The study that several processes share: where it is kept, and how trials are drawn."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ecgpage.values import Refusal, WrongUse, missing_extra

STARTUP_TRIALS = 8
"""Trials drawn at random before the estimator has enough to go by."""

_TRIES = 8
_MADE_TWICE = ("exist", "duplicate", "unique")
"""Words of a database that was asked to make the same thing by two processes."""


def load_optuna() -> Any:
    """The module ``optuna``, saying only what is wrong."""
    try:
        optuna = importlib.import_module("optuna")
    except ImportError as error:
        raise missing_extra("optuna", "train", "tuning") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def storage_url(given: str) -> str:
    """A database URL from a URL or the path of an SQLite file.

    >>> storage_url("study.db")
    'sqlite:///study.db'
    >>> storage_url("postgresql://host/name")
    'postgresql+psycopg://host/name'
    """
    if "://" not in given:
        return f"sqlite:///{given}"
    for plain in ("postgresql://", "postgres://"):
        if given.startswith(plain):
            return "postgresql+psycopg://" + given.removeprefix(plain)
    return given


def open_study(
    name: str, storage: str, facts: Mapping[str, str], seed: int, stale_after_s: int
) -> Any:
    """Open or make the study.

    Parameters
    ----------
    name, storage:
        All processes that name the same study in the same database work on it together.
    facts:
        Data and fixed settings, written with a new study; another study's are refused.
    seed:
        Decides all draws, together with the number of each trial.
    stale_after_s:
        A running trial that gave no sign of life for so long is failed and tried again.
    """
    optuna = load_optuna()
    url = storage_url(storage)
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
    try:
        study = _opened_together(lambda: _open(optuna, name, url, seed, stale_after_s))
    except ImportError as error:
        raise missing_extra(error.name or "psycopg", "postgres", "the study's database") from error
    except Exception as error:  # each driver has exceptions of its own
        raise _no_database(error) from error
    _check_facts(study, facts)
    return study


def _open(optuna: Any, name: str, url: str, seed: int, stale_after_s: int) -> Any:
    storages = optuna.storages
    base = storages.RDBStorage(
        url,
        engine_kwargs={"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {},
        heartbeat_interval=max(1, stale_after_s // 6),
        grace_period=stale_after_s,
        heartbeat_stale_trial_callback=storages.RetryHeartbeatStaleTrialCallback(max_retry=3),
    )
    return optuna.create_study(
        storage=base,
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        sampler=_sampler(optuna, seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3),
    )


def _opened_together(open_it: Callable[[], Any]) -> Any:
    """Open a study that another process may be making at this very moment.

    Optuna makes its tables without asking who else does; the database refuses the second, and
    once the first is done both find them.
    """
    for attempt in range(_TRIES):
        try:
            return open_it()
        except Exception as error:  # each driver has exceptions of its own
            said = str(error).lower()
            if attempt == _TRIES - 1 or not any(word in said for word in _MADE_TWICE):
                raise
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError("the last attempt returns or raises")


def _check_facts(study: Any, facts: Mapping[str, str]) -> None:
    known = study.user_attrs
    for name, value in facts.items():
        if name not in known:
            study.set_user_attr(name, value)
        elif known[name] != value:
            raise WrongUse(
                Refusal(
                    where=f"study '{study.study_name}'",
                    what=f"it was begun with another {name}",
                    expected="the same data and fixed settings in all processes of a study",
                    received="different ones",
                    todo="Give another --study, or run with what it was begun with.",
                    code="other-study",
                )
            )


def _no_database(error: Exception) -> WrongUse:
    """The error of a database that cannot be used; its text may hold a password and is kept."""
    return WrongUse(
        Refusal(
            where="--storage",
            what="the study's database cannot be used",
            expected="an SQLite file in a folder that may be written, or a PostgreSQL URL",
            received=type(error).__name__,
            todo="Check the path or the URL, and that the server runs.",
            code="no-database",
        )
    )


def _sampler(optuna: Any, seed: int) -> Any:
    """Tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), seeded by trial.

    Each trial has a generator of its own, from the seed and the trial's number: processes that
    start together draw different trials, and a study that goes on draws what it would have.
    """

    class ByTrial(optuna.samplers.BaseSampler):  # type: ignore[misc]
        def __init__(self) -> None:
            self._made: tuple[int, Any] = (-1, None)

        def _own(self, trial: Any) -> Any:
            if self._made[0] != trial.number:
                own = (seed * 1_000_003 + trial.number) % 2**32
                made = optuna.samplers.TPESampler(
                    seed=own, n_startup_trials=STARTUP_TRIALS, constant_liar=True
                )
                self._made = (trial.number, made)
            return self._made[1]

        def infer_relative_search_space(self, study: Any, trial: Any) -> Any:
            return self._own(trial).infer_relative_search_space(study, trial)

        def sample_relative(self, study: Any, trial: Any, space: Any) -> Any:
            return self._own(trial).sample_relative(study, trial, space)

        def sample_independent(self, study: Any, trial: Any, name: str, bounds: Any) -> Any:
            return self._own(trial).sample_independent(study, trial, name, bounds)

    return ByTrial()
