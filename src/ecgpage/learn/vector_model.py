"""A model on vectors: fitted, judged, and written as ONNX like any network.

The logit is the mean of two that err differently. One is a sum of bells around pages of the
training part, in the space of the centred and scaled numbers: with a few hundred pages it bends
where a plain logistic sum cannot, and the penalty keeps it smooth. The other is a sum of boosted
trees (:mod:`ecgpage.learn.vector_trees`), which pick the few numbers that tell.

References
----------
.. [1] Zhu J, Hastie T. Kernel logistic regression and the import vector machine. J Comput Graph
   Stat 2005;14:185-205.
.. [2] Williams CKI, Seeger M. Using the Nystroem method to speed up kernel machines. NIPS 2000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.export import INPUT, OPSET, OUTPUT, load_onnx
from ecgpage.learn.vector_trees import DOMAIN, DOMAIN_VERSION, Trees, fit_trees, trees_node
from ecgpage.values import write_beside

Array = NDArray[np.float64]

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Inverse strengths of the penalty that are tried, by folds of the training part."""
FOLDS = 5
MOST_BELLS = 400
"""Bells stand around at most so many pages, drawn from the training part."""
TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class VectorModel:
    """Bells (bells, numbers) with weights (outputs, bells) and biases (outputs,), and trees.

    ``width`` is the bells' exponent: exp(-width * squared distance). A missing number is taken
    for the training part's mean. One output for two classes.
    """

    names: tuple[str, ...]
    mean: Array
    scale: Array
    bells: Array
    width: float
    weights: Array
    bias: Array
    penalty: float
    trees: Trees | None = None

    def logits(self, x: Array) -> Array:
        """Shape (n, outputs)."""
        filled = np.where(np.isfinite(x), x, self.mean)
        z = (filled - self.mean) / self.scale
        smooth = np.asarray(_bells(z, self.bells, self.width) @ self.weights.T + self.bias)
        return smooth if self.trees is None else (smooth + self.trees.logits(filled)) / 2.0

    def probabilities(self, x: Array) -> Array:
        """Shape (n, 1) for two classes, else (n, classes)."""
        logits = self.logits(x)
        if logits.shape[1] == 1:
            return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))))
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def importances(self, x: Array, y: NDArray[np.int64], seed: int) -> list[tuple[str, float]]:
        """How much cross-entropy rises where a number is shuffled over pages, most first."""
        rng = np.random.default_rng(seed)
        base = _entropy(self.probabilities(x), y)
        found = []
        for column, name in enumerate(self.names):
            other = np.array(x)
            other[:, column] = rng.permutation(other[:, column])
            found.append((name, round(_entropy(self.probabilities(other), y) - base, 6)))
        return sorted(found, key=lambda one: -one[1])


def fit_vectors(
    names: tuple[str, ...], x: Array, y: NDArray[np.int64], groups: Sequence[str], seed: int
) -> VectorModel:
    """Fit on vectors (n, numbers) of classes ``y``; the penalty is chosen by grouped folds."""
    known = np.isfinite(x)
    total = np.where(known, x, 0.0).sum(axis=0)
    mean = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), 0.0)
    filled = np.where(known, x, mean)
    scale = np.where(filled.std(axis=0) > 1e-9, filled.std(axis=0), 1.0)
    z = (filled - mean) / scale
    penalty = _best_penalty(z, y, groups, seed)
    bells, weights, bias, width = _fit(z, y, penalty, seed)
    trees = fit_trees(filled, y, seed)
    return VectorModel(names, mean, scale, bells, width, weights, bias, penalty, trees)


def _fit(
    z: Array, y: NDArray[np.int64], penalty: float, seed: int
) -> tuple[Array, Array, Array, float]:
    """Bells, their weights, biases and width."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    width = 1.0 / z.shape[1]
    chosen = np.sort(rng.permutation(len(z))[:MOST_BELLS])
    bells = z[chosen]
    values, vectors = np.linalg.eigh(_bells(bells, bells, width))
    root = vectors / np.sqrt(np.maximum(values, TINY))
    model = LogisticRegression(C=penalty, class_weight="balanced", max_iter=2000)
    model.fit(_bells(z, bells, width) @ root, y)
    return bells, np.asarray(model.coef_ @ root.T), np.asarray(model.intercept_), width


def _bells(z: Array, bells: Array, width: float) -> Array:
    """Shape (n, bells): one at a bell's own place, falling with the distance."""
    apart = (z**2).sum(axis=1)[:, None] + (bells**2).sum(axis=1)[None] - 2.0 * z @ bells.T
    return np.asarray(np.exp(-width * np.maximum(apart, 0.0)))


def _best_penalty(z: Array, y: NDArray[np.int64], groups: Sequence[str], seed: int) -> float:
    """The penalty with the least cross-entropy over folds; the middle one where none can be."""
    from sklearn.model_selection import StratifiedGroupKFold

    fewest = min(len({groups[int(k)] for k in np.flatnonzero(y == c)}) for c in np.unique(y))
    if fewest < FOLDS:
        return PENALTIES[2]
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    parts = [
        (train, test)
        for train, test in split.split(z, y, groups)
        if len(np.unique(y[train])) == len(np.unique(y))
    ]
    loss = []
    for penalty in PENALTIES:
        found = []
        for train, test in parts:
            one, zero = np.ones(z.shape[1]), np.zeros(z.shape[1])
            bells, weights, bias, width = _fit(z[train], y[train], penalty, seed)
            model = VectorModel((), zero, one, bells, width, weights, bias, penalty)
            found.append(_entropy(model.probabilities(z[test]), y[test]))
        loss.append(float(np.mean(found)) if found else np.inf)
    return PENALTIES[int(np.argmin(loss))]


def _entropy(probabilities: Array, y: NDArray[np.int64]) -> float:
    wide = probabilities
    if wide.shape[1] == 1:
        wide = np.concatenate([1.0 - wide, wide], axis=1)
    own = np.clip(wide[np.arange(len(y)), y], 1e-7, 1.0)
    return float(-np.log(own).mean())


def export_vectors(model: VectorModel, path: Path) -> Path:
    """Write the model as ONNX, from ``page`` (batch, numbers, 1, 1) to ``probabilities``.

    It works in double precision inside: squared distances are differences of large numbers.
    """
    onnx = load_onnx()
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    real, double = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE
    constants: dict[str, NDArray[Any]] = {
        "shape": np.array([-1, len(model.names)], dtype=np.int64),
        "last": np.array([1], dtype=np.int64),
        "mean": model.mean,
        "scale": model.scale,
        "bells": -2.0 * model.bells.T,
        "sizes": (model.bells**2).sum(axis=1),
        "width": np.array(-model.width),
        "weights": model.weights.T,
        "bias": model.bias,
        "half": np.array(0.5, dtype=np.float32),
    }
    assert model.trees is not None
    end = "Sigmoid" if len(model.bias) == 1 else "Softmax"
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Reshape", [INPUT, "shape"], "flat", {}),
        ("Cast", ["flat"], "wide", {"to": double}),
        ("IsNaN", ["flat"], "missing", {}),
        ("Where", ["missing", "mean", "wide"], "filled", {}),
        ("Sub", ["filled", "mean"], "centred", {}),
        ("Div", ["centred", "scale"], "z", {}),
        ("Mul", ["z", "z"], "squares", {}),
        ("ReduceSum", ["squares", "last"], "size", {"keepdims": 1}),
        ("MatMul", ["z", "bells"], "across", {}),
        ("Add", ["across", "size"], "partly", {}),
        ("Add", ["partly", "sizes"], "apart", {}),
        ("Mul", ["apart", "width"], "exponent", {}),
        ("Exp", ["exponent"], "near", {}),
        ("MatMul", ["near", "weights"], "product", {}),
        ("Add", ["product", "bias"], "logits", {}),
        ("Cast", ["logits"], "smooth", {"to": real}),
        ("Cast", ["filled"], "whole", {"to": real}),
        ("Add", ["smooth", "stepped"], "both", {}),
        ("Mul", ["both", "half"], "single", {}),
        (end, ["single"], OUTPUT, {}),
    ]
    nodes = [helper.make_node(kind, given, [out], name=out, **more)
             for kind, given, out, more in steps]  # fmt: skip
    at = [step[2] for step in steps].index("whole") + 1
    nodes.insert(at, trees_node(helper, model.trees, "whole", "stepped"))
    graph = helper.make_graph(
        nodes, "measures",
        [helper.make_tensor_value_info(INPUT, real, ["batch", len(model.names), 1, 1])],
        [helper.make_tensor_value_info(OUTPUT, real, ["batch", len(model.bias)])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    proto = helper.make_model(
        graph, producer_name="ecgpage", ir_version=8,
        opset_imports=[
            helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION),
        ],
    )  # fmt: skip
    onnx.checker.check_model(proto, full_check=True)
    with write_beside(path) as aside:
        aside.write_bytes(proto.SerializeToString())
    return path
