"""The small network that finds ink: described once, built with Keras, written as ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ecgpage.learn.export import load_onnx, write_graph
from ecgpage.learn.export_layers import Graph, as_array
from ecgpage.learn.networks import load_keras


@dataclass(frozen=True, slots=True)
class InkShape:
    """How large the network is.

    It sees squares of ``fold`` x ``fold`` pixels as one place with as many more channels;
    ``widths`` are the channels there and at every further halving, multiples of 16, which ONNX
    Runtime's kernels for wide registers like best. ``again``: the last step sees the picture
    itself once more; ``side``: what was seen on the way down is weighed before it is added;
    ``last``: places across that the last step sees.
    """

    fold: int = 4
    widths: tuple[int, ...] = (32, 48, 64, 64)
    again: bool = False
    side: bool = False
    last: int = 3

    @property
    def multiple(self) -> int:
        """The sides of a picture are multiples of it."""
        return int(self.fold * 2 ** (len(self.widths) - 1))


SHAPE = InkShape()
"""The package's."""
LAYERS = ("line", "pulse", "separator", "print")
"""What is told apart; a line is a trace or a pulse, since they look alike from near by."""
SHARES = (0.5, 0.25, 0.25, 0.25)
"""Weight of each layer's overlap in the loss."""
ENTROPY = (7.0, 25.0, 25.0, 10.0)
"""Weight of each layer's mean cross-entropy: small, since most pixels are paper, and smaller
still for what is rare on a page."""
RARE_LOGIT = -3.5
"""Where training begins: three pixels in a hundred are inked."""
INPUT, OUTPUT = "darkness", "cover"


class Steps(Protocol):
    """What the network is made of."""

    def fold(self, x: Any, side: int) -> Any: ...
    def convolve(self, name: str, x: Any, channels: int, size: int = 3) -> Any: ...
    def pool(self, x: Any) -> Any: ...
    def double(self, x: Any) -> Any: ...
    def add(self, x: Any, y: Any) -> Any: ...
    def join(self, x: Any, y: Any) -> Any: ...
    def unfold(self, name: str, x: Any, channels: int, side: int, size: int) -> Any: ...


def ink_network(steps: Steps, x: Any, shape: InkShape = SHAPE) -> Any:
    """A U-Net on small squares of pixels: down through the shape's widths and up again.

    ``x``: how dark red, green and blue are against the paper; the result: coverage by each of
    :data:`LAYERS`, 0 to 1.
    """
    given = x = steps.fold(x, shape.fold)
    widths, seen = shape.widths, []
    for k, width in enumerate(widths):
        x = steps.pool(x) if k else x
        x = steps.convolve(f"down{k}a", x, width)
        x = steps.convolve(f"down{k}b", x, width)
        seen.append(x)
    for k in range(len(widths) - 2, -1, -1):
        x = steps.double(steps.convolve(f"up{k}a", x, widths[k], 1))
        side = steps.convolve(f"side{k}", seen[k], widths[k], 1) if shape.side else seen[k]
        x = steps.convolve(f"up{k}b", steps.add(x, side), widths[k])
    x = steps.join(x, given) if shape.again else x
    return steps.unfold("out", x, len(LAYERS), shape.fold, shape.last)


class KerasSteps:
    """Builds layers; every convolution but the last is normalised over the batch."""

    def __init__(self, side_px: int) -> None:
        self.keras = load_keras()
        self.side = side_px

    def fold(self, x: Any, side: int) -> Any:
        ops, many = self.keras.ops, self.side // side
        x = ops.transpose(ops.reshape(x, (-1, many, side, many, side, 3)), (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, many, many, side * side * 3))

    def convolve(self, name: str, x: Any, channels: int, size: int = 3) -> Any:
        layers = self.keras.layers
        x = layers.Conv2D(
            channels, size, padding="same", use_bias=False, name=name,
            kernel_initializer="he_normal",
        )(x)  # fmt: skip
        x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_norm")(x)
        return layers.ReLU()(x)

    def pool(self, x: Any) -> Any:
        return self.keras.layers.MaxPooling2D(2)(x)

    def double(self, x: Any) -> Any:
        return self.keras.layers.UpSampling2D(2)(x)

    def add(self, x: Any, y: Any) -> Any:
        return self.keras.layers.Add()([x, y])

    def join(self, x: Any, y: Any) -> Any:
        return self.keras.layers.Concatenate()([x, y])

    def unfold(self, name: str, x: Any, channels: int, side: int, size: int) -> Any:
        ops, many = self.keras.ops, self.side // side
        rare = self.keras.initializers.Constant(RARE_LOGIT)
        x = self.keras.layers.Conv2D(
            side * side * channels, size, padding="same", name=name, bias_initializer=rare
        )(x)
        apart = (-1, many, many, side, side, channels)
        x = ops.transpose(ops.reshape(x, apart), (0, 1, 3, 2, 4, 5))
        return ops.sigmoid(ops.reshape(x, (-1, self.side, self.side, channels)))


class OnnxSteps:
    """Writes nodes with the weights of a trained network; normalisation goes into the weights."""

    def __init__(self, model: Any) -> None:
        self.graph = Graph(load_onnx(), "")
        self.model = model

    def fold(self, x: Any, side: int) -> Any:
        return self.graph.add("SpaceToDepth", [x], blocksize=side)

    def convolve(self, name: str, x: Any, channels: int, size: int = 3) -> Any:
        del channels, size  # the trained kernel has them
        kernel = as_array(self.model.get_layer(name).kernel).astype(np.float64)
        norm = self.model.get_layer(f"{name}_norm")
        gamma, beta, mean, spread = (
            as_array(v).astype(np.float64)
            for v in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
        )
        factor = gamma / np.sqrt(spread + norm.epsilon)
        return self.graph.add("Relu", [self._plain(x, kernel * factor, beta - mean * factor)])

    def pool(self, x: Any) -> Any:
        return self.graph.add("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])

    def double(self, x: Any) -> Any:
        twice = self.graph.constant([1.0, 1.0, 2.0, 2.0])
        return self.graph.add(
            "Resize", [x, "", twice], mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip

    def add(self, x: Any, y: Any) -> Any:
        return self.graph.add("Add", [x, y])

    def join(self, x: Any, y: Any) -> Any:
        return self.graph.add("Concat", [x, y], axis=1)

    def unfold(self, name: str, x: Any, channels: int, side: int, size: int) -> Any:
        del channels, size
        layer = self.model.get_layer(name)
        x = self._plain(x, as_array(layer.kernel), as_array(layer.bias))
        return self.graph.add("Sigmoid", [self.graph.add("DepthToSpace", [x], blocksize=side)])

    def _plain(self, x: Any, kernel: Any, bias: Any) -> Any:
        reach = kernel.shape[0] // 2
        names = [x, self.graph.constant(kernel.transpose(3, 2, 0, 1)), self.graph.constant(bias)]
        return self.graph.add("Conv", names, pads=[reach] * 4)


def build_ink_network(side_px: int, shape: InkShape = SHAPE) -> Any:
    """The network for squares of ``side_px`` (a multiple of ``shape.multiple``), untrained."""
    keras = load_keras()
    given = keras.layers.Input((side_px, side_px, 3), name=INPUT)
    return keras.Model(given, ink_network(KerasSteps(side_px), given, shape), name="ink")


def ink_loss(truth: Any, found: Any) -> Any:
    """Cross-entropy of every layer's pixels, and one minus Dice's overlap of each layer."""
    ops = load_keras().ops
    sure = ops.clip(found, 1e-5, 1 - 1e-5)
    entropy = -(truth * ops.log(sure) + (1 - truth) * ops.log(1 - sure))
    both = 2 * ops.sum(truth * found, axis=(0, 1, 2)) + 1.0
    whole = ops.sum(truth**2, axis=(0, 1, 2)) + ops.sum(found**2, axis=(0, 1, 2)) + 1.0
    apart = ops.sum(ops.convert_to_tensor(SHARES) * (1.0 - both / whole))
    return ops.sum(ops.convert_to_tensor(ENTROPY) * ops.mean(entropy, axis=(0, 1, 2))) + apart


def export_ink_network(model: Any, path: Path, shape: InkShape = SHAPE) -> Path:
    """Write the network as ONNX for pictures whose sides are multiples of ``shape.multiple``.

    Input ``darkness`` (1, 3, rows, columns), output ``cover`` (1, 4, rows, columns), float32.
    """
    steps = OnnxSteps(model)
    onnx, helper = steps.graph.onnx, steps.graph.onnx.helper
    last = ink_network(steps, INPUT, shape)
    steps.graph.nodes.append(helper.make_node("Identity", [last], [OUTPUT], name="output"))
    real = onnx.TensorProto.FLOAT
    given = helper.make_tensor_value_info(INPUT, real, [1, 3, "rows", "columns"])
    out = helper.make_tensor_value_info(OUTPUT, real, [1, len(LAYERS), "rows", "columns"])
    return write_graph(steps.graph, "ink", [given], [out], path)
