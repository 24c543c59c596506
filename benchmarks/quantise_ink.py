"""Make the ink network whole-numbered: half the time and a quarter of the memory.

    python benchmarks/quantise_ink.py FLOAT.onnx [--out src/ecgpage/digitise/weights]

takes a network as ``train_ink.py`` exports it, measures on squares of rendered pages how large its
values become, and writes ``ink.onnx``, in which weights have 7 bits (so that no processor's sums
overflow, and all find the same) and values 8. Where the float network folds squares of n x n
pixels itself, this one is given them folded, uint8: ``darkness`` (1, 3 n n, rows / n,
columns / n), 63 where there is bare paper and 192 more where it is black; and answers ``cover``
(1, 4 n n, rows / n, columns / n), uint8, 255 where ink covers all of a pixel. ``ink.json`` next
to it says so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from ink_pairs import page_pairs, records
from onnx import TensorProto, helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from ecgpage.digitise.ink.network import PAPER

TARGET = Path(__file__).parent.parent / "src/ecgpage/digitise/weights"


class Squares(CalibrationDataReader):
    """Folded squares of rendered pages, one after the other."""

    def __init__(self, pages: int, seed: int, each: int, side: int) -> None:
        self.squares = [
            folded(1.0 - given.astype(np.float32) / PAPER, side)
            for record, own in records(None, pages, seed)
            for given, _ in page_pairs(record, own, each)
        ]
        self.left = iter(self.squares)

    def get_next(self) -> dict[str, Any] | None:
        """The next square, None at the end."""
        square = next(self.left, None)
        return None if square is None else {"darkness": square}


def folded(dark: Any, side: int) -> Any:
    """(rows, columns, 3) as (1, 3 side², rows / side, columns / side)."""
    parts = [dark[i::side, j::side].transpose(2, 0, 1) for i, j in np.ndindex(side, side)]
    return np.concatenate(parts)[None]


def without_folds(model: Any) -> tuple[Any, int]:
    """The network between its folds: given folded squares, it answers folded ones; their side."""
    graph = model.graph
    inside = [
        n for n in graph.node if n.op_type not in ("SpaceToDepth", "DepthToSpace", "Identity")
    ]
    names = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "DepthToSpace"}
    fold = next(n for n in graph.node if n.op_type == "SpaceToDepth")
    for node in inside:
        for k, name in enumerate(node.input):
            node.input[k] = "darkness" if name == fold.output[0] else names.get(name, name)
    inside[-1].output[0] = "cover"
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(inside)
    side = int(fold.attribute[0].i)
    for into, name, layers in ((graph.input, "darkness", 3), (graph.output, "cover", 4)):
        shape = [1, layers * side * side, "rows", "columns"]
        into.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return model, side


def bare(model: Any) -> Any:
    """The quantised network without the steps from and to floats at its ends."""
    graph = model.graph
    first = next(n for n in graph.node if n.op_type == "QuantizeLinear" and "darkness" in n.input)
    last = next(n for n in graph.node if n.op_type == "DequantizeLinear" and "cover" in n.output)
    graph.node.remove(first)
    graph.node.remove(last)
    for node in graph.node:
        for k, name in enumerate(node.input):
            node.input[k] = "darkness" if name == first.output[0] else name
        for k, name in enumerate(node.output):
            node.output[k] = "cover" if name == last.input[0] else name
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.elem_type = TensorProto.UINT8
    del graph.value_info[:]
    return model


def main() -> None:
    """Measure, quantise, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--squares", type=int, default=6, help="of each page")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    ends = {
        "darkness": [
            {
                "scale": np.array(1 / PAPER, np.float32),
                "zero_point": np.array(255 - PAPER, np.uint8),
            }
        ],
        "cover": [{"scale": np.array(1 / 255, np.float32), "zero_point": np.array(0, np.uint8)}],
    }
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        model, side = without_folds(onnx.load(given.network))
        onnx.save(model, plain)
        quantize_static(
            plain, small, Squares(given.pages, given.seed, given.squares, side),
            quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
            extra_options={"TensorQuantOverrides": ends},
        )  # fmt: skip
        path = given.out / "ink.onnx"
        onnx.save(bare(onnx.load(small)), path)
    about = json.loads(given.network.with_suffix(".json").read_text())
    about["quantised"] = {
        "pages": given.pages, "squares": given.squares, "seed": given.seed,
        "float_sha256": hashlib.sha256(given.network.read_bytes()).hexdigest(),
    }  # fmt: skip
    about["weights_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (given.out / "ink.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
