"""Pages into probabilities through ONNX Runtime: no training package is needed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.vectors import MODE, Vectors
from ecgpage.values import Page, Refusal, WrongUse

INPUT = "page"
"""Name of the graph's input, float32 (batch, height, width, 1)."""

_CERTAIN = 1e-7
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one page.

    Attributes
    ----------
    name:
        The page.
    label:
        With two classes the positive one where its probability reaches the model's threshold,
        else the other; with more the most probable one.
    probability:
        Probability of the class that the model names positive, after temperature scaling.
    probabilities:
        Of all classes, in the model's order.
    """

    name: str
    label: str
    probability: float
    probabilities: tuple[float, ...]


class Predictor:
    """A trained model, ready for pages; it can be sent to another process.

    Attributes
    ----------
    onnx:
        The graph.
    preprocessing:
        The very one that the model was trained with.
    classes, positive:
        Names in the order of the outputs, and the one whose probability is reported.
    threshold:
        Of the scaled probability; None with more than two classes.
    temperature:
        Logits are divided by it.
    threads:
        Threads that one page may use.
    """

    def __init__(
        self,
        onnx: str | Path,
        preprocessing: Preprocessing | Vectors,
        classes: Sequence[str],
        positive: str,
        *,
        threshold: float | None = 0.5,
        temperature: float = 1.0,
        threads: int = 1,
    ) -> None:
        self.onnx = Path(onnx)
        self.preprocessing = preprocessing
        self.classes = tuple(classes)
        self.positive = positive
        self.threshold = threshold
        self.temperature = temperature
        self.threads = threads
        self._graph: bytes | None = None
        self._session: Any = None

    @classmethod
    def load(cls, model_dir: str | Path, *, threads: int = 1) -> Predictor:
        """Open a model folder.

        Raises
        ------
        WrongUse
            Where it is no model folder or its description cannot be used.
        """
        folder = Path(model_dir)
        try:
            described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            return cls(
                folder / "model.onnx",
                _prepared(dict(described["preprocessing"])),
                described["classes"],
                described["positive"],
                threshold=described["threshold"],
                temperature=float(described["temperature"]),
                threads=threads,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unusable(folder, f"{type(error).__name__}: {error}") from error

    def predict(self, pages: Sequence[Page]) -> tuple[Prediction, ...]:
        """What the model says of each page, in their order."""
        if not pages:
            return ()
        arrays = np.stack([self.preprocessing.apply(page) for page in pages])
        rows = self.probabilities(arrays)
        return tuple(self._said(page.name, row) for page, row in zip(pages, rows, strict=True))

    def probabilities(self, arrays: NDArray[np.float32]) -> NDArray[np.float64]:
        """Scaled probabilities, shape (n, classes), of preprocessed pages (n, height, width, 1)."""
        outputs = np.asarray(self.session.run(None, {INPUT: arrays})[0], dtype=np.float64)
        if outputs.shape[1] == 1:
            outputs = np.concatenate([1.0 - outputs, outputs], axis=1)
        return scale(outputs, self.temperature)

    def fingerprint(self) -> str:
        """Hash of everything that decides a prediction."""
        described = [
            self.preprocessing.to_json(), self.classes, self.positive, self.threshold,
            self.temperature,
        ]  # fmt: skip
        try:
            hashed = hashlib.blake2b(self.onnx.read_bytes(), digest_size=16)
        except OSError as error:
            raise _unusable(self.onnx.parent, f"no readable {self.onnx.name}") from error
        hashed.update(json.dumps(described).encode())
        return hashed.hexdigest()

    def carry(self) -> None:
        """Take the graph along wherever this predictor is sent, also where its folder is not."""
        self._graph = self.onnx.read_bytes()

    @property
    def session(self) -> Any:
        """The ONNX Runtime session, opened when it is first needed."""
        if self._session is None:
            self._session = _open_session(self.onnx, self._graph, self.threads)
            self._check()
        return self._session

    def _check(self) -> None:
        """See that graph, preprocessing and classes belong together."""
        name, shape = self._session.get_inputs()[0].name, self._session.get_inputs()[0].shape
        outputs = self._session.get_outputs()[0].shape[-1]
        wanted = [self.preprocessing.height, self.preprocessing.width, 1]
        number = 1 if len(self.classes) == 2 else len(self.classes)
        if name != INPUT or list(shape[1:]) != wanted or outputs != number:
            raise _unusable(
                self.onnx.parent,
                f"a graph from {name} {list(shape[1:])} to {outputs} numbers, for {INPUT} {wanted} "
                f"and {len(self.classes)} classes",
            )

    def _said(self, name: str, row: NDArray[np.float64]) -> Prediction:
        positive = float(row[self.classes.index(self.positive)])
        if len(self.classes) == 2 and self.threshold is not None:
            others = [label for label in self.classes if label != self.positive]
            label = self.positive if positive >= self.threshold else others[0]
        else:
            label = self.classes[int(np.argmax(row))]
        return Prediction(name, label, positive, tuple(float(value) for value in row))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_session": None}


def scale(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Temperature scaling of probabilities (n, classes): softmax of their logarithms over T.

    For two classes this is the logit divided by T. Guo et al., "On Calibration of Modern
    Neural Networks", ICML 2017.
    """
    logits = np.log(np.clip(probabilities, _CERTAIN, 1.0 - _CERTAIN)) / temperature
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _prepared(described: dict[str, Any]) -> Preprocessing | Vectors:
    """What the model sees of a page: pixels, or measurements."""
    if described.get("mode") == MODE:
        return Vectors(tuple(described["names"]))
    return Preprocessing.from_dict(described)


def _open_session(path: Path, graph: bytes | None, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path) if graph is None else graph,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # ONNX Runtime raises its own classes, straight from Exception
        raise _unusable(path.parent, f"{type(error).__name__} while opening {path.name}") from error


def _unusable(folder: Path, received: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=str(folder),
            what="the model cannot be used for prediction",
            expected="a model folder with model.json and a model.onnx that fits to it",
            received=received,
            todo="Name the folder that `ecgpage train --out` wrote.",
            code="unusable-model",
        )
    )
