"""What a network costs: multiply-adds of one page going forward."""

from __future__ import annotations

import math
from typing import Any


def count_multiply_adds(model: Any) -> int:
    """Multiply-adds of the convolutions and dense layers for one page, forward only.

    A training step costs about three times this for each page: forward, and backward to
    weights and to inputs. Normalisation, activation and pooling are left out; they cost
    memory traffic rather than arithmetic.
    """
    return sum(_of_layer(layer) for layer in model.layers)


def _of_layer(layer: Any) -> int:
    kind = type(layer).__name__
    if hasattr(layer, "layers"):
        return count_multiply_adds(layer)
    if kind in ("Conv2D", "DepthwiseConv2D"):
        rows, columns = layer.output.shape[1:3]
        return int(rows * columns * math.prod(layer.kernel.shape))
    if kind == "SeparableConv2D":
        rows, columns = layer.output.shape[1:3]
        kernels = math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape)
        return int(rows * columns * kernels)
    if kind == "Dense":
        places = math.prod(layer.input.shape[1:-1])
        return int(places * math.prod(layer.kernel.shape))
    return 0
