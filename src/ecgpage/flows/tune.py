"""From a data set to the settings that served best on its validation pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ecgpage import label, learn, store
from ecgpage.flows.pages import open_page
from ecgpage.flows.train_split import split_dataset
from ecgpage.values import Progress, Refusal, Silent

SEARCHED = learn.SEARCHED


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """What to search on, in which study, and where the best settings go."""

    dataset: Path
    out: Path
    settings: learn.TrainSettings
    study: str
    storage: str
    trials: int
    search: tuple[str, ...] = SEARCHED
    stale_after_s: int = 90
    allow_leakage: bool = False
    cache: Path | None = None


def tune(
    request: TuneRequest, progress: Progress | None = None
) -> tuple[learn.Tuned, tuple[Refusal, ...]]:
    """Split as ``train`` does, search on train and validation, write the best and its pictures."""
    from ecgpage import report

    progress = progress or Silent()
    settings = request.settings
    dataset = label.labelled(label.open_dataset(request.dataset))
    fingerprint = label.fingerprint(dataset)
    learn.check_installed("tuning", "optuna")
    split = split_dataset(
        dataset, settings, fingerprint, progress,
        allow_leakage=request.allow_leakage, cache=request.cache,
    )  # fmt: skip
    prepared = learn.prepare(
        dataset, split, settings, open_page,
        fingerprint=fingerprint, cache=request.cache, progress=progress,
    )  # fmt: skip
    tuned = learn.tune(
        lambda own: replace(prepared, settings=own).feeds(own.seed),
        settings,
        study=request.study,
        storage=request.storage,
        trials=request.trials,
        folder=request.out.with_suffix(".trials"),
        fingerprint=prepared.fingerprint,
        search=request.search,
        stale_after_s=request.stale_after_s,
        progress=progress,
    )
    rows = [asdict(trial) for trial in tuned.trials]
    store.write_text(request.out, tuned.as_toml(request.study))
    store.write_json(request.out.with_suffix(".json"), {"study": request.study, "trials": rows})
    report.draw_study(rows, tuned.importances, request.out.with_suffix(".png"), request.study)
    return tuned, learn.left_out(dataset.faults, prepared.refusals)
