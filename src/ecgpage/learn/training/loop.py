"""The loop over epochs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.checkpoint import Checkpoint, State
from ecgpage.learn.networks.backend import seed_everything
from ecgpage.learn.networks.cost import count_multiply_adds
from ecgpage.learn.settings import TrainSettings
from ecgpage.learn.training.average import RunningAverage, read_weights, write_weights
from ecgpage.learn.training.data import TrainingData
from ecgpage.learn.training.figures import standing, validation_figures
from ecgpage.learn.training.log import Epoch, write_history, write_tensorboard
from ecgpage.learn.training.machine import Machine
from ecgpage.learn.training.schedule import learning_rate
from ecgpage.values import Progress, Silent

AfterEpoch = Callable[[Epoch], None]
"""Called after each epoch; it may raise to stop (a tuner's pruning)."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A network with the weights of its best epoch.

    ``probabilities`` (n, outputs) and ``labels`` (n,) are those of the validation pages:
    threshold and temperature are fitted on them and on nothing else.
    """

    model: Any
    settings: TrainSettings
    classes: tuple[str, ...]
    history: tuple[Epoch, ...]
    best_epoch: int
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    multiply_adds: int


@dataclass(slots=True)
class _Run:
    """What changes while a training goes on."""

    machine: Machine
    average: RunningAverage | None
    history: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0
    best: tuple[float, float] = (-np.inf, -np.inf)
    finished: bool = False


def train(
    data: TrainingData,
    settings: TrainSettings,
    folder: Path,
    progress: Progress | None = None,
    *,
    tensorboard: bool = False,
    after_epoch: AfterEpoch | None = None,
) -> TrainedModel:
    """Train one network; called again with the same arguments it goes on where it was.

    Parameters
    ----------
    data:
        Feeds of training and validation.
    settings:
        All settings; ``settings.seed`` decides first weights and dropout.
    folder:
        Where the unfinished state, ``history.csv`` and the TensorBoard log lie.
    progress:
        Shows batches and says the figures of each epoch.
    tensorboard:
        Write an event file below ``folder/tensorboard`` after each epoch.
    after_epoch:
        Told of each epoch, those of an earlier call first.
    """
    progress = progress or Silent()
    seed_everything(settings.seed)
    checkpoint = Checkpoint(folder, _describe(data, settings))
    run = _start(data, settings)
    _resume(run, checkpoint, progress)
    tell = after_epoch or (lambda _epoch: None)
    for epoch in run.history:
        tell(epoch)
    if not run.finished:
        _say_cost(run.machine, data, settings, progress)
    while not run.finished:
        epoch = _one_epoch(run, data, settings, progress)
        _judge(run, epoch, settings, checkpoint)
        _keep(run, checkpoint, tensorboard)
        progress.say(_news(epoch, settings, run.best_epoch == epoch.epoch))
        tell(epoch)
    write_weights(run.machine.model.variables, checkpoint.load_best(run.best_epoch))
    probabilities, labels = run.machine.look(data.validation)
    return TrainedModel(
        run.machine.model,
        settings,
        data.classes,
        tuple(run.history),
        run.best_epoch,
        probabilities,
        labels,
        count_multiply_adds(run.machine.model),
    )


def _describe(data: TrainingData, settings: TrainSettings) -> dict[str, Any]:
    return {
        **settings.as_dict(),
        "data": data.fingerprint,
        "classes": list(data.classes),
    }


def _start(data: TrainingData, settings: TrainSettings) -> _Run:
    machine = Machine(settings, len(data.classes), data.counts)
    average = RunningAverage(machine.model, settings.ema) if settings.ema else None
    return _Run(machine, average)


def _resume(run: _Run, checkpoint: Checkpoint, progress: Progress) -> None:
    """Put a saved state back, if there is one."""
    state = checkpoint.load()
    if state is None:
        return
    run.machine.restore(dict(state.arrays))
    if run.average is not None:
        run.average.weights = list(state.arrays["average"])
    run.history = [Epoch(**row) for row in state.facts["history"]]
    run.best_epoch = int(state.facts["best_epoch"])
    run.best = (float(state.facts["best"][0]), float(state.facts["best"][1]))
    run.finished = bool(state.facts["finished"])
    progress.say(f"Going on after epoch {len(run.history)} of an earlier run.")


def _say_cost(
    machine: Machine, data: TrainingData, settings: TrainSettings, progress: Progress
) -> None:
    """Say multiply-adds and the time to come, from one timed step that is then undone."""
    pages = min(settings.batch_size, sum(data.counts))
    step_s = machine.time_step(pages)
    steps = len(data.training)
    millions = count_multiply_adds(machine.model) / 1e6
    progress.say(
        f"{settings.network}: {machine.model.count_params():,} weights, {millions:.0f} million "
        f"multiply-adds a page; {step_s:.2f} s a step of {pages}, "
        f"{steps} steps an epoch: at most {settings.epochs * steps * step_s / 60:.1f} min "
        f"for {settings.epochs} epochs of training."
    )


def _one_epoch(run: _Run, data: TrainingData, settings: TrainSettings, progress: Progress) -> Epoch:
    number, steps = len(run.history), len(data.training)
    start, rate = time.perf_counter(), 0.0
    losses, hits, sizes = [], [], []
    name = f"epoch {number + 1} of {settings.epochs}"
    for i, batch in enumerate(progress.steps(data.training.epoch(number), name, steps)):
        rate = learning_rate(settings, number * steps + i, steps)
        figures = run.machine.step(batch, rate)
        losses.append(figures["loss"])
        hits.append(figures["accuracy"])
        sizes.append(len(batch[1]))
        if run.average is not None:
            run.average.update(number * steps + i)
    loss, accuracy, auc = _validate(run, data)
    seconds = time.perf_counter() - start
    learned, hit = (float(np.average(values, weights=sizes)) for values in (losses, hits))
    return Epoch(number + 1, rate, learned, hit, loss, accuracy, auc, seconds)


def _validate(run: _Run, data: TrainingData) -> tuple[float, float, float]:
    """Figures of the validation pages, with the averaged weights where there are any."""
    if run.average is not None:
        run.average.swap()
    outputs, labels = run.machine.look(data.validation)
    if run.average is not None:
        run.average.swap()
    return validation_figures(outputs, labels)


def _judge(run: _Run, epoch: Epoch, settings: TrainSettings, checkpoint: Checkpoint) -> None:
    """Keep the epoch's weights if it is the best, and see whether to go on."""
    run.history.append(epoch)
    now = standing(settings, epoch.validation_loss, epoch.validation_auc)
    if now > run.best or not run.best_epoch:
        run.best, run.best_epoch = now, epoch.epoch
        if run.average is not None:
            run.average.swap()
        checkpoint.save_best(epoch.epoch, read_weights(run.machine.model.variables))
        if run.average is not None:
            run.average.swap()
    waited = epoch.epoch - run.best_epoch
    tired = bool(settings.patience) and waited >= settings.patience
    run.finished = tired or epoch.epoch >= settings.epochs


def _keep(run: _Run, checkpoint: Checkpoint, tensorboard: bool) -> None:
    """Write the state after an epoch: from here on a kill loses nothing of it."""
    arrays = run.machine.state()
    if run.average is not None:
        arrays["average"] = run.average.weights
    facts = {
        "history": [asdict(epoch) for epoch in run.history],
        "best_epoch": run.best_epoch,
        "best": list(run.best),
        "finished": run.finished,
    }
    checkpoint.save(State(arrays, facts))
    checkpoint.forget(but=run.best_epoch)
    write_history(run.history, checkpoint.folder / "history.csv")
    if tensorboard:
        write_tensorboard(checkpoint.folder / "tensorboard", run.history)


def _news(epoch: Epoch, settings: TrainSettings, best: bool) -> str:
    mark = " (best so far)" if best else ""
    return (
        f"epoch {epoch.epoch}/{settings.epochs}: loss {epoch.loss:.3f}, validation loss "
        f"{epoch.validation_loss:.3f}, accuracy {epoch.validation_accuracy:.3f}, "
        f"AUC {epoch.validation_auc:.3f}, {epoch.seconds:.1f} s{mark}"
    )
