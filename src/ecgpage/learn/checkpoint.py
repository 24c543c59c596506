"""The state of an unfinished training, so that a killed run goes on at the same epoch."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Refusal, WrongUse, write_beside

Arrays = list[NDArray[Any]]
VERSION = 1


@dataclass(frozen=True, slots=True)
class State:
    """Everything between two epochs.

    ``arrays`` maps a name (``model``, ``optimizer``, ``average``) to arrays in a fixed order;
    ``facts`` is JSON-able: the next epoch, the history, the best epoch so far.
    """

    arrays: Mapping[str, Arrays]
    facts: Mapping[str, Any]


class Checkpoint:
    """A folder with one state and the best weights so far, each written aside, then renamed.

    ``run`` describes the run (settings, data, member); a state of another run is refused.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        self.folder = folder
        self._run = json.loads(json.dumps(run))

    def load(self) -> State | None:
        """The last complete state, or None where nothing has been saved yet.

        Raises
        ------
        WrongUse
            Where the state belongs to a run with other settings or other data, or is damaged.
        """
        path = self.folder / "state.npz"
        if not path.exists():
            return None
        arrays, facts = _read(path)
        self._check(facts.pop("run", None))
        return State(arrays, facts)

    def save(self, state: State) -> None:
        """Put a state in place of the one before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "state.npz", state.arrays, {**state.facts, "run": self._run})

    def save_best(self, epoch: int, weights: Arrays) -> None:
        """Keep the weights of one epoch; :meth:`forget` removes those of others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self._best(epoch), {"model": weights}, {})

    def load_best(self, epoch: int) -> Arrays:
        """The weights that :meth:`save_best` kept."""
        return list(_read(self._best(epoch))[0]["model"])

    def forget(self, but: int) -> None:
        """Remove the best weights of every epoch but one."""
        for path in self.folder.glob("best-*.npz"):
            if path != self._best(but):
                path.unlink(missing_ok=True)

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch:05d}.npz"

    def _check(self, run: Any) -> None:
        if run == self._run:
            return
        before = run if isinstance(run, dict) else {}
        changed = [name for name in self._run if before.get(name) != self._run[name]]
        raise WrongUse(
            Refusal(
                where=str(self.folder),
                what="an unfinished training with other settings or data lies here",
                expected="the same run, to go on with it",
                received="a change in " + (", ".join(changed) or "its version"),
                todo="Run the earlier command again, or start anew with --fresh.",
                code="other-run",
            )
        )


def _write(path: Path, arrays: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
    flat = {f"{name}/{i:04d}": a for name, many in arrays.items() for i, a in enumerate(many)}
    text = json.dumps({**facts, "version": VERSION, "names": list(arrays)})
    with write_beside(path) as aside, aside.open("wb") as stream:
        np.savez(stream, facts=np.frombuffer(text.encode(), dtype=np.uint8), **flat)  # type: ignore[arg-type]
        stream.flush()
        os.fsync(stream.fileno())


def _read(path: Path) -> tuple[dict[str, Arrays], dict[str, Any]]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            facts = json.loads(kept["facts"].tobytes())
            arrays = {
                name: [kept[key] for key in sorted(kept.files) if key.startswith(name + "/")]
                for name in facts.pop("names")
            }
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        raise WrongUse(
            Refusal(
                where=str(path),
                what="the saved state of the training cannot be read",
                expected="a file that ecgpage wrote",
                received=f"{type(error).__name__}: {error}",
                todo="Start anew with --fresh.",
                code="damaged-checkpoint",
            )
        ) from error
    facts.pop("version", None)
    return arrays, facts
