"""Train the small network that reads printed paper speed and gain (``digitise/scales.onnx``).

    python benchmarks/train_scales.py --out src/ecgpage/digitise/weights/scales.onnx

Strips of ink 8 mm high, as they come from the digitiser at 6 pixels a millimetre, are made up:
lines of words among which speeds and gains stand, in every font that Matplotlib and OpenCV bring,
drawn at 4 to 12 pixels a millimetre, with other lines above and below, pieces of trace and grid,
gaps, specks and blur. ``train`` learns which scale, if any, is centred at each third of a
millimetre. Everything follows from the seed; the last tenth of the strips measures.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from train_words import font_files, scale_text, word_mask

from ecgpage.digitise.words.scalewords import CLASSES, HIGH_PX, MARGIN_PX, PX_PER_MM, STRIDE

WIDE_PX = 360
NEAR_MM, FAR_MM = 0.9, 2.2
"""Within the first of a word's centre it is to be seen, beyond the second it is not."""
BATCH = 32
OTHERS = (
    "0.05~150Hz", "0.67~35Hz", "0.15-40 Hz", "AC50", "AC60", "~50", "4*2.5s", "2*5s", "4*2.5s+1r",
    "4*2.5s+3r", "V1.2", "V3.8", "V2.0", "12.5mm/s", "100 mm/s", "2.5mm/mV", "40 mm/mV", "Age: 25",
    "Height: 150", "Weight: 50 kg", "ID: 10520", "cm", "mmHg", "kg", "HR 75 bpm", "PR 120 ms",
    "QT/QTc 380/420 ms", "II", "V1", "V5", "aVR", "III", "I", "mm/s", "mm/mV", "25", "50", "10",
    "20", "5", "Limb:", "Chest:", "Speed:", "Gain:", "Name:", "Date: 10-05-2020", "12:25:50",
    "F 60~", "0.5-35Hz", "Filter", "Male", "Sinus rhythm", "Unconfirmed", "Room 12", "BPM", "1mV",
    "15 mm/s", "30 mm/s", "10 mm/s", "20 mm/s", "25 mm/mV", "50 mm/mV", "5 mm/s", "250 mm/s",
    "15 mm/mV", "8 mm/mV", "125 mm/s",
)  # fmt: skip
PROSE = (
    "Department:", "Medication:", "Diagnosis", "Information:", "Technician", "Report",
    "Confirmed", "by:", "Exam.Room", "Room", "No.:", "Years", "Female", "ECG", "REPORT",
    "Physician", "Referred", "Hospital", "Cardiology", "Patient", "Normal", "sinus", "rhythm",
    "Abnormal", "Left", "axis", "deviation", "Right", "bundle", "branch", "block", "ST-T",
    "changes", "ventricular", "hypertrophy", "atrial", "fibrillation", "tachycardia",
    "bradycardia", "premature", "complexes", "infarct,", "age", "undetermined", "Vent.", "rate",
    "QRS", "duration", "PR", "interval", "P-R-T", "axes", "Borderline", "Comments:",
    "Interpretation", "Pacemaker", "Minnesota", "RV5/SV1", "Sampling", "Device:", "Serial",
    "Operator", "Requested", "Indication", "Comparison", "Pressure:", "Number", "Race",
    "Option", "Location", "Test", "ind:", "Account", "Summary", "Symptoms", "Medications",
    "Admission", "mmHg/min", "Immediate", "Immunology", "Commission", "minimum", "maximum",
    "common", "comment", "summary", "memory", "Automatic", "Manual", "Simultaneous",
    "Sequential", "Format", "Standard", "Filter:", "Baseline", "Printed", "Page", "1/1",
    "minutes/min", "mm", "mmm", "0mm/", "/mV", "m/V", "in/min", "nm/V", "km/h", "mm/MV", "kmm",
)  # fmt: skip


def line_of_words(rng: np.random.Generator) -> list[tuple[int, str]]:
    """Words for one line: (class or -1, text)."""
    words: list[tuple[int, str]] = []
    for _ in range(int(rng.integers(1, 7))):
        draw = rng.random()
        if draw < 0.45:
            label = int(rng.integers(len(CLASSES)))
            words.append((label, scale_text(rng, CLASSES[label])))
        elif draw < 0.65:
            words.append((-1, str(rng.choice(OTHERS))))
        elif draw < 0.9:
            some = rng.choice(PROSE, int(rng.integers(1, 4)))
            words.append((-1, " ".join(str(word) for word in some)))
        else:
            letters = list("abcdeimnorstvVIRAQ0123456789-/.:mm")
            words.append((-1, "".join(rng.choice(letters, int(rng.integers(2, 10))))))
    return words


def draw_line(
    canvas: Any, rng: np.random.Generator, fonts: list[Path], scale: float, middle_px: float
) -> list[tuple[int, float]]:
    """One line of words onto the canvas; (class, centre in px) of those that are scales."""
    capital = float(np.exp(rng.uniform(np.log(1.5), np.log(2.8)))) * scale
    same = int(rng.integers(2**31))
    at = float(rng.uniform(-10.0, 0.4 * canvas.shape[1]))
    found = []
    strength = float(rng.uniform(0.6, 1.0))
    for label, text in line_of_words(rng):
        mask = word_mask(text, capital, np.random.default_rng(same), fonts)
        if mask is None:
            continue
        top = round(middle_px + 0.5 * capital - _rise(text, mask, capital))
        left = round(at)
        paste(canvas, mask.astype(np.float32) / 255 * strength, top, left)
        if label >= 0:
            found.append((label, left + mask.shape[1] / 2 - 0.5))
        at += mask.shape[1] + capital * float(rng.uniform(0.5, 3.0))
        if at > canvas.shape[1]:
            break
    return found


def _rise(text: str, mask: Any, capital: float) -> float:
    """How far a word's ink reaches above its line's foot: slashes reach below it."""
    below = 0.12 * capital if "/" in text else 0.0
    return float(mask.shape[0] - below)


def paste(canvas: Any, cover: Any, top: int, left: int) -> None:
    """Lay cover onto the canvas where both are."""
    r0, c0 = max(top, 0), max(left, 0)
    r1 = min(top + cover.shape[0], canvas.shape[0])
    c1 = min(left + cover.shape[1], canvas.shape[1])
    if r1 > r0 and c1 > c0:
        part = canvas[r0:r1, c0:c1]
        np.maximum(part, cover[r0 - top : r1 - top, c0 - left : c1 - left], out=part)


def make_strip(rng: np.random.Generator, fonts: list[Path]) -> tuple[Any, Any]:
    """One strip (uint8) and its target: the class at each place, 0 none, -1 either will do."""
    scale = float(np.exp(rng.uniform(np.log(4.0), np.log(12.0))))
    rows, columns = round(HIGH_PX / PX_PER_MM * scale), round(WIDE_PX / PX_PER_MM * scale)
    canvas = np.zeros((rows, columns), np.float32)
    middle = rows / 2 + float(rng.normal(0, 0.6)) * scale
    words = draw_line(canvas, rng, fonts, scale, middle)
    for side in (-1, 1):
        if rng.random() < 0.3:
            draw_line(canvas, rng, fonts, scale, middle + side * rng.uniform(3.8, 6.0) * scale)
    dirty(canvas, rng, scale)
    small = cv2.resize(canvas, (WIDE_PX, HIGH_PX), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D(
        (WIDE_PX / 2, HIGH_PX / 2), float(rng.normal(0, 0.5)), float(np.exp(rng.normal(0, 0.08)))
    )
    small = cv2.warpAffine(small, turn, (WIDE_PX, HIGH_PX), flags=cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        small = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 1.2)))
    small = small * float(rng.uniform(0.6, 1.3))
    if rng.random() < 0.2:
        small = small + rng.normal(0, 0.06, small.shape) * (rng.random(small.shape) < 0.3)
    centres = [
        (label, float(turn[0, 0] * x * WIDE_PX / columns + turn[0, 1] * HIGH_PX / 2 + turn[0, 2]))
        for label, x in words
    ]
    return np.round(np.clip(small, 0, 1) * 255).astype(np.uint8), target(centres)


def dirty(canvas: Any, rng: np.random.Generator, scale: float) -> None:
    """Pieces of trace and grid on the canvas, in place, and pieces of ink gone."""
    rows, columns = canvas.shape
    if rng.random() < 0.25:
        x = np.arange(0, columns, 2)
        y = rng.uniform(0, rows) + np.cumsum(rng.normal(0, 0.25 * scale / 4, len(x)))
        if rng.random() < 0.5:
            at = int(rng.integers(len(x)))
            y[at : at + max(2, int(scale / 3))] -= rng.uniform(-8, 8) * scale
        points = np.stack([x, y], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, 1.0, max(1, round(0.3 * scale)), cv2.LINE_AA)
    if rng.random() < 0.2:
        y = int(rng.integers(rows))
        canvas[y : y + max(1, round(0.15 * scale))] = float(rng.uniform(0.3, 1.0))
    if rng.random() < 0.2:
        step = max(2, round(scale * float(rng.choice([1.0, 5.0]))))
        first, level = int(rng.integers(step)), float(rng.uniform(0.1, 0.5))
        canvas[first::step] = np.maximum(canvas[first::step], level)
        canvas[:, first::step] = np.maximum(canvas[:, first::step], level)
    if rng.random() < 0.25:
        step = max(3, round(scale * float(rng.choice([1.0, 5.0]))))
        first, left = int(rng.integers(step)), float(rng.uniform(0.0, 0.7))
        canvas[first::step] *= left
        canvas[:, first::step] *= left
    for _ in range(int(rng.poisson(0.7))):
        y, x = int(rng.integers(rows)), int(rng.integers(columns))
        size = max(1, round(float(rng.uniform(0.2, 0.8)) * scale))
        canvas[y : y + size, x : x + size] = float(rng.uniform(0, 1))


def places(columns: int) -> Any:
    """Centres, in pixels of the strip, of the places that the network looks at."""
    return MARGIN_PX + STRIDE * np.arange((columns - 2 * MARGIN_PX - 1) // STRIDE + 1)


def target(centres: list[tuple[int, float]]) -> Any:
    """What is at each place of a strip: 0 nothing, class + 1, -1 where either will do."""
    at = places(WIDE_PX)
    out = np.zeros(len(at), np.int8)
    for label, x in centres:
        away = np.abs(at - x) / PX_PER_MM
        out[(away < FAR_MM) & (out == 0)] = -1
        out[away < NEAR_MM] = label + 1
    return out


def network() -> Any:
    """Convolutions without padding: one look at 8 x 27 mm each third of a millimetre."""
    import keras

    layers = keras.layers

    def look(x: Any, channels: int, size: tuple[int, int], **more: Any) -> Any:
        x = layers.Conv2D(channels, size, use_bias=False, **more)(x)
        return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))

    ink = keras.Input((HIGH_PX, None, 1))
    x = look(ink, 12, (5, 5), strides=2)
    x = look(x, 20, (3, 3))
    x = look(x, 32, (3, 3), strides=(2, 1))
    x = look(x, 32, (3, 3))
    x = look(x, 48, (7, 3))
    for spread in (2, 4, 6, 6):
        x = look(x, 48, (1, 5), dilation_rate=(1, spread))
    x = layers.Conv2D(len(CLASSES) + 1, 1)(x)
    return keras.Model(ink, x)


def loss(true: Any, found: Any) -> Any:
    """Cross-entropy where the target is told; a place with a scale counts as four without."""
    import keras
    from keras import ops

    true = ops.cast(true, "int32")
    told = ops.cast(true >= 0, "float32") * (1.0 + 3.0 * ops.cast(true > 0, "float32"))
    each = keras.losses.sparse_categorical_crossentropy(
        ops.maximum(true, 0), found[:, 0], from_logits=True
    )
    return ops.sum(each * told) / ops.sum(told)


def write_onnx(model: Any, path: Path) -> None:
    """The convolutions as an ONNX graph: ink (1, 48, columns, 1) to logits (places, classes)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from train_words import folded

    nodes = [helper.make_node("Transpose", ["ink"], ["x0"], perm=[0, 3, 1, 2])]
    constants, last = [], "x0"
    for k, (layer, kernel, bias) in enumerate(folded(model)):
        for name, values in ((f"w{k}", kernel.transpose(3, 2, 0, 1)), (f"b{k}", bias)):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        nodes.append(
            helper.make_node(
                "Conv", [last, f"w{k}", f"b{k}"], [f"c{k}"], strides=list(layer.strides),
                dilations=list(layer.dilation_rate), kernel_shape=list(kernel.shape[:2]),
            )
        )  # fmt: skip
        last = f"c{k}"
        if not layer.use_bias:
            nodes.append(helper.make_node("Relu", [last], [f"x{k + 1}"]))
            last = f"x{k + 1}"
    nodes.append(helper.make_node("Transpose", [last], ["logits"], perm=[0, 2, 3, 1]))
    real = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "scales",
        [helper.make_tensor_value_info("ink", real, [1, HIGH_PX, "columns", 1])],
        [helper.make_tensor_value_info("logits", real, [1, 1, "places", len(CLASSES) + 1])],
        constants,
    )  # fmt: skip
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="ecgpage", ir_version=8
    )
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def measure(model: Any, strips: Any, targets: Any) -> str:
    """Share of told places read rightly, those with and those without a scale."""
    found = np.concatenate(
        [np.asarray(model(strips[i : i + 100].astype(np.float32)[..., None] / 255))[:, 0]
         for i in range(0, len(strips), 100)]
    ).argmax(axis=-1)  # fmt: skip
    there, empty = targets > 0, targets == 0
    return (
        f"scales {float((found == targets)[there].mean()):.4f} of {int(there.sum())} places, "
        f"false {float((found > 0)[empty].mean()):.5f} of {int(empty.sum())}"
    )


def main() -> None:
    """Make strips, train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strips", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("scales.onnx"))
    given = parser.parse_args()
    import keras

    keras.utils.set_random_seed(given.seed)
    fonts = font_files()
    made = [
        make_strip(np.random.default_rng([given.seed, 31, k]), fonts) for k in range(given.strips)
    ]
    strips, targets = np.stack([m[0] for m in made]), np.stack([m[1] for m in made])
    held = len(strips) // 10
    print(f"{len(strips)} strips, {held} held", flush=True)
    model = network()
    steps = given.rounds * ((len(strips) - held) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)), loss=loss
    )
    rng = np.random.default_rng(given.seed)
    for k in range(given.rounds):
        order = rng.permutation(len(strips) - held)
        kept = []
        for i in range(0, len(order) - BATCH + 1, BATCH):
            pick = order[i : i + BATCH]
            ink = strips[pick].astype(np.float32)[..., None] / 255
            kept.append(float(model.train_on_batch(ink, targets[pick])))
        print(f"round {k + 1}: loss {np.mean(kept[-50:]):.4f}", flush=True)
        print(measure(model, strips[-held:], targets[-held:]), flush=True)
        write_onnx(model, given.out)


if __name__ == "__main__":
    main()
