"""Search for settings on train and validation pages; test pages are never opened."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecgpage.learn.settings import TrainSettings, make_settings
from ecgpage.learn.training import Epoch, TrainingData, train
from ecgpage.learn.tune_space import SEARCHED, check_searched, suggest
from ecgpage.learn.tune_study import load_optuna, open_study
from ecgpage.values import Progress, Silent

DataOf = Callable[[TrainSettings], TrainingData]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: ``state`` is complete, pruned, fail, running or waiting; ``value`` its AUC."""

    number: int
    state: str
    value: float | None
    loss: float | None
    parameters: dict[str, Any]
    by_epoch: dict[int, float]


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best settings of a study, its trials, and what each setting mattered (sum 1)."""

    settings: TrainSettings
    best: Trial
    trials: tuple[Trial, ...]
    importances: dict[str, float]

    def as_toml(self, study: str) -> str:
        """The best settings as TOML, with where they come from as a comment."""
        done = sum(trial.state in ("complete", "pruned") for trial in self.trials)
        return (
            f"# Trial {self.best.number} of study {json.dumps(study)}, the best of {done}: "
            f"validation AUC {self.best.value:.4f}.\n"
            "# It was chosen for that figure, which therefore flatters it.\n"
            f"{self.settings.as_toml()}"
        )


def tune(
    data: DataOf,
    base: TrainSettings,
    *,
    study: str,
    storage: str,
    trials: int,
    folder: Path,
    fingerprint: str,
    search: Sequence[str] = SEARCHED,
    stale_after_s: int = 90,
    progress: Progress | None = None,
) -> Tuned:
    """Run trials until the study holds ``trials`` finished ones, from all its processes.

    A trial's value is the validation AUC of its best epoch (between equals the lower loss
    decides); one that is below the median of the others at the same epoch is stopped (Golovin
    et al., "Google Vizier", KDD 2017). A process that is killed loses nothing: its trial is
    failed after ``stale_after_s`` without a sign of life and tried again, from its last epoch
    where its folder can be reached.

    Parameters
    ----------
    data:
        Feeds for the settings of a trial (augmentation is among them).
    base:
        Settings that are not searched; one network is trained for each trial.
    folder:
        Where unfinished trials lie.
    fingerprint:
        Names data and split; a study begun on others is refused.
    """
    progress = progress or Silent()
    names = check_searched(search, base)
    base = replace(base, members=1)
    fixed = {name: value for name, value in base.as_dict().items() if name not in names}
    facts = {"data": fingerprint, "settings": json.dumps(fixed), "search": ",".join(names)}
    opened = open_study(study, storage, facts, base.seed, stale_after_s)

    def objective(trial: Any) -> float:
        return _one_trial(trial, suggest(trial, base, names), data, folder)

    left = max(0, trials - _finished(opened))
    for _ in progress.steps(range(left), "trials", left):
        if _finished(opened) >= trials:
            break
        opened.optimize(objective, n_trials=1)
        progress.say(_news(_trial(opened.get_trials(deepcopy=False)[-1])))
    return _result(opened, base)


def _one_trial(trial: Any, settings: TrainSettings, data: DataOf, folder: Path) -> float:
    optuna = load_optuna()
    key = hashlib.sha256(json.dumps(settings.as_dict(), sort_keys=True).encode()).hexdigest()
    place = folder / key[:16]

    def report(epoch: Epoch) -> None:
        trial.report(epoch.validation_auc, epoch.epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    try:
        trained = train(data(settings), settings, place, after_epoch=report)
    except optuna.TrialPruned:
        shutil.rmtree(place, ignore_errors=True)
        raise
    best = trained.history[trained.best_epoch - 1]
    trial.set_user_attr("validation_loss", best.validation_loss)
    trial.set_user_attr("best_epoch", best.epoch)
    shutil.rmtree(place, ignore_errors=True)
    return best.validation_auc


def _finished(study: Any) -> int:
    trials = study.get_trials(deepcopy=False)
    return sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in trials)


def _trial(frozen: Any) -> Trial:
    complete = frozen.state.name == "COMPLETE"
    return Trial(
        number=frozen.number,
        state=frozen.state.name.lower(),
        value=frozen.value if complete else None,
        loss=frozen.user_attrs.get("validation_loss"),
        parameters=dict(frozen.params),
        by_epoch=dict(frozen.intermediate_values),
    )


def _result(study: Any, base: TrainSettings) -> Tuned:
    trials = tuple(_trial(frozen) for frozen in study.get_trials(deepcopy=False))
    complete = [trial for trial in trials if trial.value is not None]
    best = max(complete, key=lambda trial: (trial.value, -(trial.loss or 0.0), -trial.number))
    settings = make_settings({**base.as_dict(), **best.parameters})
    return Tuned(settings, best, trials, _importances(study, len(complete)))


def _importances(study: Any, complete: int) -> dict[str, float]:
    """Share of the variance that each setting explains; empty where too few trials tell."""
    if complete < 4:
        return {}
    evaluator = load_optuna().importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = load_optuna().importance.get_param_importances(study, evaluator=evaluator)
    except (ValueError, RuntimeError):  # all values equal: nothing to explain
        return {}
    return {str(name): float(value) for name, value in found.items()}


def _news(trial: Trial) -> str:
    drawn = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in trial.parameters.items()
    )
    value = "" if trial.value is None else f", AUC {trial.value:.4f}"
    return f"trial {trial.number} {trial.state}{value}: {drawn}"
