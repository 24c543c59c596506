"""Boosted trees as plain arrays: fitted, asked, and written as one ONNX node.

References
----------
.. [1] Friedman JH. Stochastic gradient boosting. Comput Stat Data Anal 2002;38:367-378.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.int64]

SETTINGS: dict[str, Any] = {
    "n_estimators": 200, "learning_rate": 0.06, "max_depth": 3, "max_features": 0.15,
    "subsample": 0.6, "min_samples_leaf": 5,
}  # fmt: skip
"""Many shallow trees, each of a few numbers and of a part of the pages, none of which decides."""
DOMAIN, DOMAIN_VERSION = "ai.onnx.ml", 3


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The nodes of all trees in one row each, shape (nodes,).

    ``feature`` is -1 for a leaf; a number up to ``threshold`` goes to ``left``, a larger one to
    ``right``, both counted over all trees. ``root`` and ``output`` have one entry a tree: where
    it begins and to which output its ``value`` is added.
    """

    root: Index
    output: Index
    feature: Index
    threshold: Single
    left: Index
    right: Index
    value: Single
    outputs: int

    def logits(self, x: Array) -> Array:
        """The sum of the trees' values for whole numbers (n, numbers), shape (n, outputs)."""
        single = x.astype(np.float32)
        at = np.repeat(self.root[None], len(x), axis=0)
        row = np.arange(len(x))[:, None]
        for _ in range(int(SETTINGS["max_depth"])):
            feature = self.feature[at]
            low = single[row, np.maximum(feature, 0)] <= self.threshold[at]
            at = np.where(feature < 0, at, np.where(low, self.left[at], self.right[at]))
        out = np.zeros((len(x), self.outputs))
        np.add.at(out.T, self.output, self.value[at].T)
        return out


def fit_trees(x: Array, y: Index, seed: int) -> Trees:
    """Boosted trees for whole numbers ``x``, the classes weighing the same."""
    from sklearn.ensemble import GradientBoostingClassifier

    counts = np.bincount(y)
    weight = (len(y) / len(counts) / np.maximum(counts, 1))[y]
    fitted = GradientBoostingClassifier(random_state=seed, **SETTINGS)
    fitted.fit(x, y, sample_weight=weight)
    many = [(tree.tree_, k) for row in fitted.estimators_ for k, tree in enumerate(row)]
    roots = np.cumsum([0, *(tree.node_count for tree, _ in many)])[:-1]
    pairs = list(zip(many, roots, strict=True))

    def gathered(one: Any) -> Any:
        return np.concatenate([one(tree, start) for (tree, _), start in pairs])

    return Trees(
        root=np.asarray(roots, np.int64),
        output=np.array([k for _, k in many], np.int64),
        feature=np.maximum(gathered(lambda tree, _: tree.feature), -1).astype(np.int64),
        threshold=gathered(lambda tree, _: tree.threshold).astype(np.float32),
        left=gathered(lambda tree, start: tree.children_left + start).astype(np.int64),
        right=gathered(lambda tree, start: tree.children_right + start).astype(np.int64),
        value=gathered(
            lambda tree, _: fitted.learning_rate * tree.value[:, 0, 0]
        ).astype(np.float32),
        outputs=fitted.estimators_.shape[1],
    )  # fmt: skip


def trees_node(helper: Any, trees: Trees, given: str, out: str) -> Any:
    """The ONNX node from whole numbers (batch, numbers), float32, to logits (batch, outputs)."""
    sizes = np.diff([*trees.root.tolist(), len(trees.feature)])
    tree = np.repeat(np.arange(len(trees.root)), sizes)
    own = np.arange(len(trees.feature)) - trees.root[tree]
    leaf = trees.feature < 0
    inner = np.where(leaf, 0, 1)
    return helper.make_node(
        "TreeEnsembleRegressor", [given], [out], name=out, domain=DOMAIN,
        n_targets=trees.outputs,
        nodes_treeids=tree.tolist(),
        nodes_nodeids=own.tolist(),
        nodes_featureids=np.maximum(trees.feature, 0).tolist(),
        nodes_modes=["LEAF" if one else "BRANCH_LEQ" for one in leaf],
        nodes_values=(trees.threshold * inner).tolist(),
        nodes_truenodeids=((trees.left - trees.root[tree]) * inner).tolist(),
        nodes_falsenodeids=((trees.right - trees.root[tree]) * inner).tolist(),
        target_treeids=tree[leaf].tolist(),
        target_nodeids=own[leaf].tolist(),
        target_ids=trees.output[tree[leaf]].tolist(),
        target_weights=trees.value[leaf].tolist(),
    )  # fmt: skip
