"""A trained model as a folder: written aside, then renamed, and read back with checks."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ecgpage.store.files import plain
from ecgpage.values import Refusal, Refused, WrongUse

FORMAT_VERSION = 1
DESCRIPTION = "model.json"
ONNX = "model.onnx"

Writer = Callable[[Path], object]
"""Writes one file (or folder) of the model at the path it is given."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What ``model.json`` says.

    Attributes
    ----------
    network:
        Name of the network.
    settings, preprocessing:
        Everything needed to train it again, and to prepare a page for it.
    classes:
        Names in the order of the outputs; with two classes the single output is the
        probability of the last.
    positive, positive_reason:
        The class whose probability is reported, and why it is that one.
    threshold:
        A page is called positive where its probability, after the temperature, is at least
        this; None with more than two classes (the most probable class is named).
    threshold_rule:
        How it was chosen, on validation pages.
    temperature:
        Logits are divided by this before they become probabilities.
    data_fingerprint:
        Hash over keys, labels and files of the data set.
    seed:
        The first member's seed; ``members`` networks are averaged in ``model.onnx``.
    versions:
        Of Python and the packages.
    metrics:
        Figures on validation pages, with 95 % intervals where there are any.
    pages:
        Pages of each part, by class.
    """

    network: str
    settings: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    classes: tuple[str, ...]
    positive: str
    threshold: float | None
    temperature: float
    data_fingerprint: str
    seed: int
    positive_reason: str = ""
    threshold_rule: str = ""
    members: int = 1
    created: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    ecgpage_version: str = ""
    format_version: int = FORMAT_VERSION

    def as_dict(self) -> dict[str, Any]:
        """The description as plain values; NaN becomes null."""
        values = plain(asdict(self))
        assert isinstance(values, dict)
        return values


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk."""

    path: Path
    description: ModelDescription

    @property
    def onnx(self) -> Path:
        """The graph for ONNX Runtime."""
        return self.path / ONNX

    @property
    def keras(self) -> tuple[Path, ...]:
        """The Keras models of all members; empty for a model that is none."""
        return tuple(sorted(self.path.glob("model*.keras")))

    @property
    def split(self) -> Path:
        """The split that it was trained on."""
        return self.path / "split.json"


def write_model(
    folder: str | Path, description: ModelDescription, writers: Mapping[str, Writer]
) -> ModelFolder:
    """Write a model folder whole: beside its place first, then renamed into it.

    Parameters
    ----------
    folder:
        Where the model goes. What lies there is replaced only once the new one is complete;
        ask :func:`check_place` first.
    description:
        Becomes ``model.json``.
    writers:
        For each further file its name and the function that writes it.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        for name, write in writers.items():
            write(aside / name)
        text = json.dumps(description.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)
        (aside / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        _exchange(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return ModelFolder(folder, description)


def read_model(folder: str | Path) -> ModelFolder:
    """Open a model folder.

    Raises
    ------
    WrongUse
        Where there is no model, its description is damaged, it was written by a newer
        version, or the graph is missing; each says which.
    """
    folder = Path(folder)
    path = folder / DESCRIPTION
    if not path.is_file():
        raise _wrong(
            folder,
            "this is not a model folder",
            f"a folder with {DESCRIPTION}",
            "a folder without it" if folder.is_dir() else "nothing of that name",
            "Name the folder that `ecgpage train --out` wrote.",
            "not-a-model",
        )
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        version = int(given["format_version"])
    except (ValueError, KeyError, TypeError) as error:
        raise _wrong(
            path,
            "the model's description is damaged",
            "JSON with format_version",
            f"{type(error).__name__}: {error}",
            "Train the model again, or take a copy.",
            "damaged-model",
        ) from error
    if version > FORMAT_VERSION:
        raise _wrong(
            path,
            "the model was written by a newer version of ecgpage",
            f"format {FORMAT_VERSION} or lower",
            f"format {version}",
            "Update: pip install --upgrade ecgpage",
            "newer-model",
        )
    if not (folder / ONNX).is_file():
        raise _wrong(
            folder,
            "the model's graph is missing",
            f"a file {ONNX}",
            "none",
            "Train the model again, or take a copy.",
            "incomplete-model",
        )
    return ModelFolder(folder, _description(given, path))


def check_place(
    folder: str | Path, settings: Mapping[str, Any], fingerprint: str, *, fresh: bool
) -> ModelFolder | None:
    """See whether a model may be written there, or already lies there.

    Returns
    -------
    ModelFolder or None
        The model of the very same settings and data, if it is already there and ``fresh`` is
        not asked for; None where the place is free.

    Raises
    ------
    WrongUse
        Where something else lies there: files that are no model, or another model without
        ``fresh``.
    """
    folder = Path(folder)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not folder.is_dir() or not (folder / DESCRIPTION).is_file():
        raise _wrong(
            folder,
            "something that is no model lies there",
            "an empty place or a model",
            "other files",
            "Give another folder with --out.",
            "place-taken",
        )
    if fresh:
        return None
    there = read_model(folder)
    same = there.description.data_fingerprint == fingerprint
    if same and dict(there.description.settings) == plain(dict(settings)):
        return there
    raise _wrong(
        folder,
        "another model lies there",
        "the same settings and data, or a free place",
        "other settings" if same else "other data",
        "Give another folder with --out, or replace it with --fresh.",
        "place-taken",
    )


def training_place(folder: str | Path) -> Path:
    """Where the unfinished training of a model lies: beside the model's own place."""
    folder = Path(folder)
    return folder.with_name(f"{folder.name}.training")


def clear_training(folder: str | Path) -> None:
    """Remove what an unfinished training of a model left."""
    place = training_place(folder)
    if place.exists():
        shutil.rmtree(place)


def copy_tensorboard(place: str | Path, target: str | Path) -> None:
    """Copy the TensorBoard log of each member, one folder each."""
    for log in sorted(Path(place).glob("*/tensorboard")):
        shutil.copytree(log, Path(target) / log.parent.name)


def _exchange(aside: Path, folder: Path) -> None:
    """Put a complete folder in its place; what was there goes only after that."""
    old = folder.with_name(f"{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    try:
        aside.replace(folder)
    except OSError as error:
        if old.exists():
            old.replace(folder)
        raise Refused(
            Refusal(
                where=str(folder),
                what="the model could not be put in its place",
                expected="a folder that may be written",
                received=str(error.strerror or error),
                todo="Check the disk and its permissions, then run the same command again.",
                code="cannot-write",
            )
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def _description(given: Mapping[str, Any], path: Path) -> ModelDescription:
    known = {name.name for name in fields(ModelDescription)}
    try:
        kept = {name: value for name, value in given.items() if name in known}
        description = ModelDescription(**{**kept, "classes": tuple(kept["classes"])})
    except (TypeError, KeyError) as error:
        raise _wrong(
            path,
            "the model's description is incomplete",
            "all of " + ", ".join(sorted(known)),
            str(error),
            "Train the model again, or take a copy.",
            "damaged-model",
        ) from error
    return description


def _wrong(where: Path, what: str, expected: str, received: str, todo: str, code: str) -> WrongUse:
    return WrongUse(Refusal(str(where), what, expected, received, todo, code))
