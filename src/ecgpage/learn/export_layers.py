"""How each kind of Keras layer is written in ONNX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Refusal, WrongUse


def as_array(value: Any) -> NDArray[Any]:
    """A constant or a variable of any backend as an array."""
    if isinstance(value, np.ndarray | np.number | float | list):
        return np.asarray(value)
    from ecgpage.learn.networks.backend import load_keras

    return np.asarray(load_keras().ops.convert_to_numpy(value))


class Graph:
    """Nodes and constants as they are added; tensors inside are (batch, channel, row, column)."""

    def __init__(self, onnx: Any, prefix: str) -> None:
        self.onnx = onnx
        self.prefix = prefix
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._count = 0

    def add(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node and give the name of its output."""
        self._count += 1
        out = f"{self.prefix}{operator}_{self._count}"
        node = self.onnx.helper.make_node(operator, list(inputs), [out], name=out, **attributes)
        self.nodes.append(node)
        return out

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        """Add a constant and give its name."""
        self._count += 1
        name = f"{self.prefix}constant_{self._count}"
        array = np.ascontiguousarray(as_array(value), dtype=dtype)
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name


def add_layer(graph: Graph, layer: Any, inputs: list[str]) -> str:
    kind = type(layer).__name__
    if kind not in _RULES:
        raise WrongUse(
            Refusal(
                where=f"layer {layer.name}",
                what=f"a layer of kind {kind} cannot be written as ONNX",
                expected="one of " + ", ".join(sorted(_RULES)),
                received=kind,
                todo="Add a rule for it to ecgpage/learn/export_layers.py.",
                code="layer-without-rule",
            )
        )
    return _RULES[kind](graph, layer, inputs)


def _activation(graph: Graph, name: str, x: str, layer: Any) -> str:
    """An activation by Keras' name; soft maxima run over the last axis of a flat tensor."""
    operators = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu"}
    if name == "linear":
        return x
    if name == "softmax":
        return graph.add("Softmax", [x], axis=-1)
    if name in ("silu", "swish"):
        return graph.add("Mul", [x, graph.add("Sigmoid", [x])])
    if name in operators:
        return graph.add(operators[name], [x])
    raise WrongUse(
        Refusal(
            where=f"layer {layer.name}",
            what=f"the activation {name} cannot be written as ONNX",
            expected="linear, softmax, silu, " + ", ".join(operators),
            received=name,
            todo="Add it to ecgpage/learn/export_layers.py.",
            code="activation-without-rule",
        )
    )


def _convolution(graph: Graph, layer: Any, inputs: list[str]) -> str:
    kernel = as_array(layer.kernel)
    depthwise = type(layer).__name__ == "DepthwiseConv2D"
    groups = kernel.shape[2] if depthwise else layer.groups
    if depthwise:  # (rows, columns, channels, multiplier) -> (channels * multiplier, 1, ...)
        kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
    else:
        kernel = kernel.transpose(3, 2, 0, 1)
    names = [inputs[0], graph.constant(kernel)]
    if layer.use_bias:
        names.append(graph.constant(layer.bias))
    out = graph.add(
        "Conv",
        names,
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        group=int(groups),
        **_padding(layer, layer.kernel_size, layer.dilation_rate),
    )
    return _activation(graph, layer.activation.__name__, out, layer)


def _separable(graph: Graph, layer: Any, inputs: list[str]) -> str:
    depth = as_array(layer.depthwise_kernel)
    channels = depth.shape[2]
    depth = depth.transpose(2, 3, 0, 1).reshape(-1, 1, *depth.shape[:2])
    middle = graph.add(
        "Conv",
        [inputs[0], graph.constant(depth)],
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        group=int(channels),
        **_padding(layer, layer.kernel_size, layer.dilation_rate),
    )
    names = [middle, graph.constant(as_array(layer.pointwise_kernel).transpose(3, 2, 0, 1))]
    if layer.use_bias:
        names.append(graph.constant(layer.bias))
    return _activation(graph, layer.activation.__name__, graph.add("Conv", names), layer)


def _normalisation(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """Fold mean, variance, gamma and beta into a factor and a summand of each channel."""
    spread = np.sqrt(as_array(layer.moving_variance).astype(np.float64) + layer.epsilon)
    factor = (as_array(layer.gamma) if layer.scale else np.float32(1.0)) / spread
    shift = (as_array(layer.beta) if layer.center else 0.0) - as_array(layer.moving_mean) * factor
    flat = len(layer.input.shape) == 2
    shape = (1, -1) if flat else (1, -1, 1, 1)
    scaled = graph.add("Mul", [inputs[0], graph.constant(factor.reshape(shape))])
    return graph.add("Add", [scaled, graph.constant(shift.reshape(shape))])


def _pooling(graph: Graph, layer: Any, inputs: list[str]) -> str:
    kind = "MaxPool" if type(layer).__name__ == "MaxPooling2D" else "AveragePool"
    return graph.add(
        kind,
        inputs,
        kernel_shape=list(layer.pool_size),
        strides=list(layer.strides),
        **_padding(layer, layer.pool_size),
    )


def _global_pooling(graph: Graph, layer: Any, inputs: list[str]) -> str:
    kind = "GlobalMaxPool" if "Max" in type(layer).__name__ else "GlobalAveragePool"
    pooled = graph.add(kind, inputs)
    return pooled if layer.keepdims else graph.add("Flatten", [pooled])


def _flatten(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """Flatten in Keras' order: channels last."""
    if len(layer.input.shape) == 4:
        inputs = [graph.add("Transpose", inputs, perm=[0, 2, 3, 1])]
    return graph.add("Flatten", inputs)


def _dense(graph: Graph, layer: Any, inputs: list[str]) -> str:
    out = graph.add("MatMul", [inputs[0], graph.constant(layer.kernel)])
    if layer.use_bias:
        out = graph.add("Add", [out, graph.constant(layer.bias)])
    return _activation(graph, layer.activation.__name__, out, layer)


def _reshape(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """Reshape in Keras' order; rows x columns x channels become channels first again."""
    if len(layer.input.shape) == 4:
        inputs = [graph.add("Transpose", inputs, perm=[0, 2, 3, 1])]
    shape = graph.constant([0, *layer.output.shape[1:]], np.int64)
    out = graph.add("Reshape", [inputs[0], shape])
    last_to_second = len(layer.output.shape) == 4
    return graph.add("Transpose", [out], perm=[0, 3, 1, 2]) if last_to_second else out


def _named(graph: Graph, layer: Any, inputs: list[str]) -> str:
    return _activation(graph, layer.activation.__name__, inputs[0], layer)


def _concatenate(graph: Graph, _layer: Any, inputs: list[str]) -> str:
    return graph.add("Concat", inputs, axis=1)


def _relu(graph: Graph, layer: Any, inputs: list[str]) -> str:
    if layer.max_value is not None or layer.negative_slope or layer.threshold:
        raise WrongUse(
            Refusal(
                where=f"layer {layer.name}",
                what="a relu with a bound, slope or threshold cannot be written as ONNX",
                expected="max_value None, negative_slope 0 and threshold 0",
                received=f"{layer.max_value}, {layer.negative_slope} and {layer.threshold}",
                todo="Add a rule for it to ecgpage/learn/export_layers.py.",
                code="layer-without-rule",
            )
        )
    return graph.add("Relu", inputs)


def _read_trace(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """As :class:`ReadTrace` reads strips; see :mod:`ecgpage.learn.networks.read_trace`."""
    height, width = layer.input.shape[1:3]
    strip = height // layer.rows
    bounds = [graph.constant([edge], np.int64) for edge in (0, layer.rows * strip, 2)]
    whole = graph.add("Slice", [inputs[0], *bounds])
    shape = graph.constant([0, layer.rows, strip, width], np.int64)
    strips = graph.add("Reshape", [whole, shape])
    down = layer.heights(strip).reshape(1, 1, -1, 1)
    axis = graph.constant([2], np.int64)

    def weighted(weights: NDArray[Any]) -> str:
        return graph.add("Mul", [strips, graph.constant(weights)])

    def line(factor: float, x: str, summand: float) -> str:
        scaled = graph.add("Mul", [x, graph.constant(factor)])
        return graph.add("Add", [scaled, graph.constant(summand)])

    mass = graph.add("ReduceSum", [strips, axis], keepdims=1)
    moment = graph.add("ReduceSum", [weighted(1.0 - 2.0 * down), axis], keepdims=1)
    centre = graph.add("Div", [moment, line(1.0, mass, layer.FAINT)])
    upper = line(2.0, graph.add("ReduceMax", [weighted(1.0 - down)], axes=[2], keepdims=1), -1.0)
    lower = line(-2.0, graph.add("ReduceMax", [weighted(down)], axes=[2], keepdims=1), 1.0)
    level = graph.add("ReduceMean", [centre], axes=[3], keepdims=1)
    traces = [
        line(layer.GAIN, graph.add("Sub", [trace, level]), 0.0) for trace in (centre, upper, lower)
    ]
    read = graph.add("Concat", [*traces, line(layer.WEIGHT, mass, 0.0)], axis=2)
    return graph.add("Transpose", [read], perm=[0, 2, 1, 3])


def _channel(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """One channel of the input: the first axis after the batch, here."""
    bounds = [graph.constant([edge], np.int64) for edge in (layer.index, layer.index + 1, 1)]
    return graph.add("Slice", [inputs[0], *bounds])


def _lead_mean(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """As :func:`ecgpage.learn.waves.layers.lead_layers` takes the mean over the leads seen."""
    axis = graph.constant([2], np.int64)
    total = graph.add("ReduceSum", [graph.add("Mul", inputs), axis], keepdims=1)
    seen = graph.add("ReduceSum", [inputs[1], axis], keepdims=1)
    return graph.add("Div", [total, graph.add("Add", [seen, graph.constant(layer.nearly_none)])])


def _enlarge(graph: Graph, layer: Any, inputs: list[str]) -> str:
    """Each row and column repeated; other ways of enlarging are refused as activations are."""
    if layer.interpolation != "nearest":
        return _activation(graph, f"enlarging, {layer.interpolation}", inputs[0], layer)
    scales = graph.constant([1.0, 1.0, *layer.size])
    return graph.add(
        "Resize", [inputs[0], "", scales], mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip


def _operator(name: str) -> Callable[[Graph, Any, list[str]], str]:
    return lambda graph, _layer, inputs: graph.add(name, inputs)


def _nothing(_graph: Graph, _layer: Any, inputs: list[str]) -> str:
    return inputs[0]


_RULES: dict[str, Callable[[Graph, Any, list[str]], str]] = {
    "Activation": _named,
    "Add": _operator("Sum"),
    "AveragePooling2D": _pooling,
    "BatchNormalization": _normalisation,
    "Channel": _channel,
    "Concatenate": _concatenate,
    "Conv2D": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _convolution,
    "Dropout": _nothing,
    "Flatten": _flatten,
    "GaussianNoise": _nothing,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "LeadMean": _lead_mean,
    "MaxPooling2D": _pooling,
    "Multiply": _operator("Mul"),
    "ReLU": _relu,
    "ReadTrace": _read_trace,
    "Reshape": _reshape,
    "SeparableConv2D": _separable,
    "SpatialDropout2D": _nothing,
    "UpSampling2D": _enlarge,
}


def _padding(layer: Any, kernel: Sequence[int], dilation: Sequence[int] = (1, 1)) -> dict[str, Any]:
    """Rows and columns of padding; Keras' ``same`` puts the odd one below and to the right.

    They are written out, since ONNX Runtime takes no automatic padding with dilation.
    """
    if layer.padding == "valid":
        return {"pads": [0, 0, 0, 0]}
    before, after = [], []
    for axis in (0, 1):
        size, stride = layer.input.shape[1 + axis], layer.strides[axis]
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        if size is None:  # of any length that the stride divides
            size = stride
        total = max(0, (-(-size // stride) - 1) * stride + reach - size)
        before.append(total // 2)
        after.append(total - total // 2)
    return {"pads": before + after}
