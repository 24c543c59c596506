"""A logistic model on vectors: fitted, judged, and written as ONNX like any network.

References
----------
.. [1] Cox DR. The regression analysis of binary sequences. J R Stat Soc B 1958;20:215-242.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.export import INPUT, OPSET, OUTPUT, load_onnx
from ecgpage.values import write_beside

Array = NDArray[np.float64]

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse strengths of the penalty that are tried, by folds of the training part."""
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class VectorModel:
    """Weights (outputs, numbers) and biases (outputs,) on centred, scaled numbers.

    A missing number is taken for the training part's mean. One output for two classes.
    """

    names: tuple[str, ...]
    mean: Array
    scale: Array
    weights: Array
    bias: Array
    penalty: float

    def probabilities(self, x: Array) -> Array:
        """Shape (n, 1) for two classes, else (n, classes)."""
        filled = np.where(np.isfinite(x), x, self.mean)
        logits = (filled - self.mean) / self.scale @ self.weights.T + self.bias
        if logits.shape[1] == 1:
            return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))))
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def importances(self) -> list[tuple[str, float]]:
        """Each number's largest weight, the heaviest first."""
        heavy = np.abs(self.weights).max(axis=0)
        order = np.argsort(-heavy)
        return [(self.names[k], float(self.weights[:, k][np.abs(self.weights[:, k]).argmax()]))
                for k in order]  # fmt: skip


def fit_vectors(
    names: tuple[str, ...], x: Array, y: NDArray[np.int64], groups: Sequence[str], seed: int
) -> VectorModel:
    """Fit on vectors (n, numbers) of classes ``y``; the penalty is chosen by grouped folds."""
    with np.errstate(all="ignore"):
        known = np.isfinite(x)
        mean = np.where(known.any(axis=0), np.nansum(np.where(known, x, 0), axis=0)
                        / np.maximum(known.sum(axis=0), 1), 0.0)  # fmt: skip
    filled = np.where(known, x, mean)
    scale = np.where(filled.std(axis=0) > 1e-9, filled.std(axis=0), 1.0)
    z = (filled - mean) / scale
    penalty = _best_penalty(z, y, groups, seed)
    model = _logistic(penalty).fit(z, y)
    return VectorModel(
        names, mean, scale, np.asarray(model.coef_), np.asarray(model.intercept_), penalty
    )  # fmt: skip


def _logistic(penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=penalty, class_weight="balanced", max_iter=2000)


def _best_penalty(z: Array, y: NDArray[np.int64], groups: Sequence[str], seed: int) -> float:
    """The penalty with the least cross-entropy over folds; the middle one where none can be."""
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedGroupKFold

    fewest = min(len({groups[int(k)] for k in np.flatnonzero(y == c)}) for c in np.unique(y))
    if fewest < FOLDS:
        return PENALTIES[2]
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    parts = list(split.split(z, y, groups))
    loss = []
    for penalty in PENALTIES:
        found = [
            log_loss(y[test], _logistic(penalty).fit(z[train], y[train]).predict_proba(z[test]),
                     labels=np.unique(y))
            for train, test in parts
            if len(np.unique(y[train])) == len(np.unique(y))
        ]  # fmt: skip
        loss.append(float(np.mean(found)) if found else np.inf)
    return PENALTIES[int(np.argmin(loss))]


def export_vectors(model: VectorModel, path: Path) -> Path:
    """Write the model as ONNX, from ``page`` (batch, numbers, 1, 1) to ``probabilities``."""
    onnx = load_onnx()
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    single = np.float32
    constants = {
        "shape": np.array([-1, len(model.names)], dtype=np.int64),
        "mean": model.mean.astype(single),
        "scale": model.scale.astype(single),
        "weights": model.weights.T.astype(single),
        "bias": model.bias.astype(single),
    }
    last = "Sigmoid" if len(model.bias) == 1 else "Softmax"
    steps = [
        ("Reshape", [INPUT, "shape"], "flat"), ("IsNaN", ["flat"], "missing"),
        ("Where", ["missing", "mean", "flat"], "filled"), ("Sub", ["filled", "mean"], "centred"),
        ("Div", ["centred", "scale"], "scaled"), ("MatMul", ["scaled", "weights"], "product"),
        ("Add", ["product", "bias"], "logits"), (last, ["logits"], OUTPUT),
    ]  # fmt: skip
    nodes = [helper.make_node(kind, given, [out], name=out) for kind, given, out in steps]
    real = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "measures",
        [helper.make_tensor_value_info(INPUT, real, ["batch", len(model.names), 1, 1])],
        [helper.make_tensor_value_info(OUTPUT, real, ["batch", len(model.bias)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="ecgpage",
        ir_version=8,
    )  # fmt: skip
    onnx.checker.check_model(proto, full_check=True)
    with write_beside(path) as aside:
        aside.write_bytes(proto.SerializeToString())
    return path
