"""A layer without weights that reads a trace off strips: where the ink lies in each column."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.learn.networks.backend import load_keras


@functools.cache
def read_trace_layer() -> Any:
    """The Keras layer class ``ReadTrace``, made when Keras is first needed."""
    keras = load_keras()
    ops = keras.ops

    @keras.saving.register_keras_serializable("ecgpage")
    class ReadTrace(keras.layers.Layer):  # type: ignore[misc, name-defined]
        """Columns of stacked strips as four numbers each.

        From (batch, rows * strip, width, 1), ink 1 and paper 0, to (batch, rows, width, 4):
        the ink's centre of gravity, its upper and its lower end (all as heights from -1, the
        strip's bottom, to 1, its top, less the row's mean centre, times ``GAIN``), and how much
        ink there is (times ``WEIGHT``). Rows that do not fill a strip are left out at the bottom.
        A column without ink reads as height 0.

        Every pixel is used and none is convolved: the reading costs a thousandth of a
        convolution over the page, and what follows sees a curve instead of a picture.
        """

        FAINT = 0.3
        GAIN = 4.0
        WEIGHT = 0.1

        def __init__(self, rows: int = 4, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.rows = rows

        @staticmethod
        def heights(strip: int) -> NDArray[np.float32]:
            """From 0 at the top of a strip to 1 at its bottom, shape (strip,)."""
            return np.linspace(0.0, 1.0, strip, dtype=np.float32)

        def call(self, page: Any) -> Any:
            strip, width = page.shape[1] // self.rows, page.shape[2]
            strips = ops.reshape(page[:, : self.rows * strip], (-1, self.rows, strip, width))
            down = self.heights(strip)[None, None, :, None]
            mass = ops.sum(strips, axis=2)
            centre = ops.sum(strips * (1.0 - 2.0 * down), axis=2) / (mass + self.FAINT)
            upper = 2.0 * ops.max(strips * (1.0 - down), axis=2) - 1.0
            lower = 1.0 - 2.0 * ops.max(strips * down, axis=2)
            level = ops.mean(centre, axis=2, keepdims=True)
            traces = [self.GAIN * (trace - level) for trace in (centre, upper, lower)]
            return ops.stack([*traces, self.WEIGHT * mass], axis=-1)

        def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
            return (shape[0], self.rows, shape[2], 4)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "rows": self.rows}

    return ReadTrace
