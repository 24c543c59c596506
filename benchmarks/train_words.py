"""Train the small network that finds printed lead names and scales (``digitise/words.onnx``).

    python benchmarks/train_words.py make OUT_DIR --pages 400 --first 500000
    python benchmarks/train_words.py train OUT_DIR --out src/ecgpage/digitise/weights/words.onnx

``make`` renders pages in random styles, prints many more words on them (lead names, scales, and
words that are neither) in every font that Matplotlib and OpenCV bring, lets light, camera and
copier at them, takes the grid out as the digitiser does, and keeps the ink at 4 pixels a
millimetre with the place of each word. ``train`` learns, for every millimetre of paper, which
word is centred there. Everything follows from the seeds.
"""

from __future__ import annotations

import argparse
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ecgpage import render
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.digitise.ink.pen import find_ink
from ecgpage.digitise.words.printed import CLASSES, PX_PER_MM, STRIDE
from ecgpage.values import LEADS

PASTED = 55
OTHERS = (
    "V", "aV", "V7", "V8", "V9", "V4R", "IV", "1", "VL", "mm", "HR", "QRS", "QT/QTc", "PR", "bpm",
    "ms", "Vent. rate", "ID", "Name", "Male", "T", "P", "R", "S", "0.05-150Hz", "AC50", "~",
    "12.5mm/s", "100 mm/s", "2.5mm/mV", "40 mm/mV", "cm", "kg", "Lead", "Unconfirmed", "l", "H",
    "L", "N", "E", "F", "A", "B", "II/III", "axis", "25", "50", "10", "20", "5", "mV", "s", "Hz",
    "sec", "Sinus rhythm", "4*2.5s+1r", "V2.1", "V1.0", "V3.4", "normal ECG", "Dept", "72", "-30",
)  # fmt: skip
HERSHEY = (0, 1, 2, 3, 4)


def font_files() -> list[Path]:
    """Text fonts of Matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    names = ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "cmr10", "cmss10", "cmtt10", "cmb10")
    return [
        f for f in sorted(folder.glob("*.ttf"))
        if f.stem.startswith(names) and "Display" not in f.stem
    ]  # fmt: skip


def scale_text(rng: np.random.Generator, name: str) -> str:
    """One of the ways in which a speed or gain is printed."""
    number, unit = name.split(" ")
    if rng.random() < 0.2:
        number += ".0"
    if unit == "mm/s":
        unit = str(rng.choice(["mm/s", "mm/s", "mm/sec", "mm/S", "mm/Sec"]))
    else:
        unit = str(rng.choice(["mm/mV", "mm/mV", "mm/mv"]))
    return number + str(rng.choice(["", " "])) + unit


def word_mask(text: str, capital_px: float, rng: np.random.Generator, fonts: list[Path]) -> Any:
    """One word as cover 0-255 in a font drawn by chance, cropped to its ink."""
    if rng.random() < 0.25:
        face = int(rng.choice(HERSHEY))
        size = capital_px / 21.0 * (2.0 if face == 1 else 1.0)
        width = max(1, round(capital_px * float(rng.uniform(0.06, 0.16))))
        (w, h), base = cv2.getTextSize(text, face, size, width)
        mask = np.zeros((h + base + 2 * width + 4, w + 2 * width + 4), np.uint8)
        cv2.putText(mask, text, (width + 1, h + width + 1), face, size, 255, width, cv2.LINE_AA)
    else:
        font = ImageFont.truetype(
            str(fonts[int(rng.integers(len(fonts)))]), max(6, round(capital_px / 0.72))
        )
        a, b, c, d = (int(v) for v in font.getbbox(text, anchor="ls"))
        picture = Image.new("L", (c - a + 4, d - b + 4))
        ImageDraw.Draw(picture).text((2 - a, 2 - b), text, fill=255, font=font, anchor="ls")
        mask = np.asarray(picture)
    shear, wide = rng.normal(0, 0.07), float(np.exp(rng.normal(0, 0.12)))
    rows, columns = mask.shape
    move = np.array([[wide, -shear, max(0.0, shear) * rows], [0, 1, 0]], np.float64)
    mask = cv2.warpAffine(
        mask, move, (int(wide * columns + abs(shear) * rows) + 2, rows), flags=cv2.INTER_AREA
    )
    seen = mask > 60
    if not seen.any():
        return None
    r, c2 = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return mask[r[0] : r[-1] + 1, c2[0] : c2[-1] + 1]


def paste_words(image: Any, taken: list[Any], style: Any, rng: np.random.Generator) -> list[Any]:
    """Print words by chance, in place; (class or -1, box in px) of each."""
    fonts, words = font_files(), []
    scale = style.px_per_mm
    ink = np.array(style.ink_rgb if rng.random() < 0.8 else rng.integers(0, 90, 3))
    for _ in range(PASTED):
        draw = rng.random()
        if draw < 0.6:
            label = int(rng.integers(len(LEADS)))
            text = LEADS[label]
            if text[0] == "a" and rng.random() < 0.15:
                text = text.replace("a", "A", 1)
        elif draw < 0.8:
            label = int(rng.integers(len(LEADS), len(CLASSES)))
            text = scale_text(rng, CLASSES[label])
        else:
            label, text = -1, str(rng.choice(OTHERS))
        if draw > 0.97:
            text = "".join(
                rng.choice(list("abcdeilmnorstuVIR0123456789-/"), int(rng.integers(2, 9)))
            )
            if text in CLASSES:
                continue
        capital = (
            float(np.exp(rng.uniform(np.log(1.7), np.log(4.2 if label < 12 else 2.8)))) * scale
        )
        mask = word_mask(text, capital, rng, fonts)
        if mask is None or mask.shape[1] + 4 > image.shape[1] or mask.shape[0] + 4 > image.shape[0]:
            continue
        for _try in range(6):
            top = int(rng.integers(0, image.shape[0] - mask.shape[0]))
            left = int(rng.integers(0, image.shape[1] - mask.shape[1]))
            box = (top, left, top + mask.shape[0], left + mask.shape[1])
            if all(_apart(box, other, 1.2 * scale) for other in taken):
                break
        else:
            continue
        cover = mask.astype(np.float32)[..., None] / 255 * float(style.ink_strength)
        part = image[box[0] : box[2], box[1] : box[3]]
        part[:] = np.round(part * (1 - cover) + ink * cover).astype(np.uint8)
        taken.append(box)
        words.append((label, box))
    return words


def _apart(a: Any, b: Any, gap: float) -> bool:
    return bool(a[2] + gap < b[0] or b[2] + gap < a[0] or a[3] + gap < b[1] or b[3] + gap < a[1])


def make_page(seed: int) -> tuple[Any, Any, Any]:
    """Ink at 4 px/mm (uint8), words (n, 5) as class, top, left, bottom, right, and blind boxes."""
    rng = np.random.default_rng([seed, 5])
    style = render.random_style(seed)
    style = replace(style, footer=str(rng.choice(["none", "scale"])))
    kinds = sorted(render.KINDS)
    record = render.simulate(str(rng.choice(kinds)), seed)
    sheet = render.render_record(record, style, seed=seed)
    words, blind = [], []
    for text, box in sheet.truth.texts:
        name = text.replace("mm", " mm") if "mm/" in text else text
        (words if name in CLASSES else blind).append(
            (
                CLASSES.index(name) if name in CLASSES else -1,
                (box[0], box[1], box[2] + 1, box[3] + 1),
            )
        )
    image = sheet.page.image.copy()
    taken = [box for _, box in words + blind]
    words += paste_words(image, taken, style, rng)
    page = replace(sheet, page=replace(sheet.page, image=image))
    if rng.random() < 0.6:
        page = render_world(page, seed, rng)
    image, scale = page.page.image, style.px_per_mm
    ink = find_ink(Sheet(image=image, px_per_mm=(scale, scale)))
    factor = PX_PER_MM / scale
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    cover = cv2.resize(ink.cover, size, interpolation=cv2.INTER_AREA)
    rows = [(label, *(v * factor for v in box)) for label, box in words if label >= 0]
    return np.round(cover * 255).astype(np.uint8), np.array(rows, np.float32).reshape(-1, 5), None


def render_world(page: Any, seed: int, rng: np.random.Generator) -> Any:
    """Light, camera and copier, but nothing that moves a pixel."""
    from ecgpage.render.world import weather

    world = render.random_world(seed, strength=float(rng.uniform(0.2, 0.9)))
    world = replace(
        world, rotation_deg=0.0, turns=0, perspective=(0.0, 0.0), margin=0.0, folds=0, crumple=0.0,
        curl=0.0,
    )  # fmt: skip
    return weather(page, world, seed)


def make(out: Path, pages: int, first: int) -> None:
    """Make pages; those that are there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + pages):
        file = out / f"{seed}.npz"
        if file.exists():
            continue
        cover, words, _ = make_page(seed)
        np.savez_compressed(file, cover=cover, words=words)


EACH = 6
"""Cuts of a page in each round."""
BATCH = 32
CUT = (72, 120)
"""Rows and columns of a training cut, in pixels at 4 px/mm."""


def cuts(files: list[Path], rng: np.random.Generator, each: int) -> tuple[Any, Any]:
    """Cuts around words (and some anywhere), with the heat that each must get."""
    images, heats = [], []
    rows, columns = CUT
    for file in files:
        with np.load(file) as data:
            cover, words = data["cover"], data["words"]
        padded = np.pad(cover, ((rows, rows), (columns, columns)))
        for _ in range(each):
            if rng.random() < 0.8 and len(words):
                word = words[int(rng.integers(len(words)))]
                centre = [(word[1] + word[3]) / 2, (word[2] + word[4]) / 2]
            else:
                centre = [rng.uniform(0, cover.shape[0]), rng.uniform(0, cover.shape[1])]
            top = int(centre[0] - rows / 2 + rng.uniform(-0.35, 0.35) * rows)
            left = int(centre[1] - columns / 2 + rng.uniform(-0.35, 0.35) * columns)
            top = int(np.clip(top, -rows + 1, cover.shape[0] - 1))
            left = int(np.clip(left, -columns + 1, cover.shape[1] - 1))
            cut = padded[top + rows : top + 2 * rows, left + columns : left + 2 * columns]
            mine = words - np.array([0, top, left, top, left], np.float32)
            cut, mine = shake(cut, mine, rng)
            images.append(cut)
            heats.append(heat(mine))
    return np.stack(images)[..., None], np.stack(heats)


def shake(cut: Any, words: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Turn and stretch a little, blur or sharpen, lose some ink, add some specks."""
    rows, columns = cut.shape
    turn = float(rng.normal(0, 1.5))
    move = cv2.getRotationMatrix2D(
        (columns / 2, rows / 2), turn, float(np.exp(rng.normal(0, 0.12)))
    )
    out = cv2.warpAffine(cut, move, (columns, rows), flags=cv2.INTER_LINEAR).astype(np.float32)
    if rng.random() < 0.4:
        out = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.3, 1.0)))
    out = out * float(rng.uniform(0.6, 1.3))
    if rng.random() < 0.3:
        out = out + rng.normal(0, 12, out.shape) * (rng.random(out.shape) < 0.3)
    if rng.random() < 0.15:
        step = int(rng.integers(12, 24))
        out[::step] = np.maximum(out[::step], float(rng.uniform(20, 140)))
        out[:, ::step] = np.maximum(out[:, ::step], float(rng.uniform(20, 140)))
    words = words.copy()
    if len(words):
        y, x = (words[:, 1] + words[:, 3]) / 2, (words[:, 2] + words[:, 4]) / 2
        new = move @ np.stack([x, y, np.ones_like(x)])
        words[:, 1], words[:, 2] = new[1], new[0]
    return np.clip(out, 0, 255).astype(np.uint8), words


def heat(words: Any) -> Any:
    """(rows, columns, class) at one place a millimetre: 1 at a word's centre, falling around it."""
    shape = (CUT[0] // STRIDE, CUT[1] // STRIDE)
    out = np.zeros((*shape, len(CLASSES)), np.float16)
    r, c = np.mgrid[0 : shape[0], 0 : shape[1]]
    for word in words:
        y, x = (word[1] + 0.5) / STRIDE - 0.5, (word[2] + 0.5) / STRIDE - 0.5
        if -2 < y < shape[0] + 1 and -2 < x < shape[1] + 1:
            blob = np.exp(-((r - y) ** 2 + (c - x) ** 2) / 1.0)
            k = int(word[0])
            out[..., k] = np.maximum(out[..., k], blob)
    return out


def network() -> Any:
    """A few convolutions: one look a millimetre, 28 mm wide and 8 mm high."""
    import keras

    layers = keras.layers

    def look(x: Any, channels: int, size: Any, **more: Any) -> Any:
        x = layers.Conv2D(channels, size, padding="same", use_bias=False, **more)(x)
        return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))

    ink = keras.Input((None, None, 1))
    x = look(ink, 8, 3)
    x = look(x, 16, 3, strides=2)
    x = look(x, 40, 3, strides=2)
    x = look(x, 40, 3)
    x = look(x, 40, 3, dilation_rate=(1, 2))
    x = look(x, 40, (1, 3), dilation_rate=(1, 4))
    x = look(x, 40, (1, 3), dilation_rate=(1, 6))
    x = look(x, 48, 1)
    rare = keras.initializers.Constant(-4.0)
    x = layers.Conv2D(len(CLASSES), 1, activation="sigmoid", bias_initializer=rare)(x)
    return keras.Model(ink, x)


def loss(true: Any, found: Any) -> Any:
    """Focal loss on heat (Law and Deng, CornerNet, ECCV 2018, eq. 1)."""
    from keras import ops

    true = ops.cast(true, "float32")
    found = ops.clip(found, 1e-5, 1 - 1e-5)
    at = ops.cast(true > 0.3, "float32")
    yes = at * (1 - found) ** 2 * ops.log(found)
    no = (1 - at) * (1 - true) ** 4 * found**2 * ops.log(1 - found)
    return -ops.sum(yes + no) / ops.maximum(ops.sum(at), 1.0)


def train(folder: Path, out: Path, rounds: int, seed: int) -> None:
    """Train and write the network; the last tenth of the pages measures it."""
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    files = sorted(folder.glob("*.npz"))
    held, used = files[-max(1, len(files) // 10) :], files[: -max(1, len(files) // 10)]
    model = network()
    steps = rounds * (len(used) * EACH // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate), loss=loss)
    for k in range(rounds):
        images, heats = cuts(used, rng, EACH)
        order = rng.permutation(len(images))
        kept = model.fit(
            images[order].astype(np.float32) / 255,
            heats[order],
            batch_size=BATCH,
            epochs=1,
            verbose=0,
        )
        print(f"round {k + 1}: loss {kept.history['loss'][0]:.3f}", flush=True)
        if k % 5 == 4 or k == rounds - 1:
            print(measure(model, held), flush=True)
            write_onnx(model, out)


def write_onnx(model: Any, path: Path) -> None:
    """The convolutions as an ONNX graph: ink (1, rows, columns, 1) to heat, sizes in fours."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Transpose", ["ink"], ["x0"], perm=[0, 3, 1, 2])]
    constants, last = [], "x0"
    for k, (layer, kernel, bias) in enumerate(folded(model)):
        for name, values in ((f"w{k}", kernel.transpose(3, 2, 0, 1)), (f"b{k}", bias)):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        stride, spread = layer.strides[0], layer.dilation_rate
        reach = [(n - 1) * d for n, d in zip(kernel.shape[:2], spread, strict=True)]
        pads = [0, 0, 1, 1] if stride == 2 else [reach[0] // 2, reach[1] // 2] * 2
        nodes.append(
            helper.make_node(
                "Conv", [last, f"w{k}", f"b{k}"], [f"c{k}"], strides=[stride, stride],
                dilations=list(spread), pads=pads, kernel_shape=list(kernel.shape[:2]),
            )
        )  # fmt: skip
        kind = "Sigmoid" if layer.use_bias else "Relu"
        nodes.append(helper.make_node(kind, [f"c{k}"], [f"x{k + 1}"]))
        last = f"x{k + 1}"
    nodes.append(helper.make_node("Transpose", [last], ["heat"], perm=[0, 2, 3, 1]))
    real = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes, "words",
        [helper.make_tensor_value_info("ink", real, [1, "rows", "columns", 1])],
        [helper.make_tensor_value_info("heat", real, [1, "r", "c", len(CLASSES)])], constants,
    )  # fmt: skip
    proto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="ecgpage", ir_version=8
    )
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def folded(model: Any) -> list[tuple[Any, Any, Any]]:
    """Each convolution with its kernel and bias, the normalisation behind it folded in."""
    out: list[tuple[Any, Any, Any]] = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Conv2D":
            weights = [np.asarray(w) for w in layer.get_weights()]
            bias = weights[1] if layer.use_bias else np.zeros(weights[0].shape[3], np.float32)
            out.append((layer, weights[0], bias))
        elif kind == "BatchNormalization":
            scale, shift, mean, spread = (np.asarray(w) for w in layer.get_weights())
            factor = scale / np.sqrt(spread + layer.epsilon)
            convolution, kernel, bias = out[-1]
            out[-1] = (convolution, kernel * factor, (bias - mean) * factor + shift)
    return out


def measure(model: Any, files: list[Path]) -> str:
    """Share of words found with the right class at their place, and false alarms a page."""
    hit, total, false = 0, 0, 0
    for file in files:
        with np.load(file) as data:
            cover, words = data["cover"], data["words"]
        rows, columns = (-(-n // STRIDE) * STRIDE for n in cover.shape)
        padded = np.zeros((1, rows, columns, 1), np.float32)
        padded[0, : cover.shape[0], : cover.shape[1], 0] = cover / 255
        warm = np.asarray(model(padded))[0]
        peak = (warm == cv2.dilate(warm, np.ones((5, 5)))) & (warm > 0.4)
        used = np.zeros_like(peak)
        for word in words:
            y = ((word[1] + word[3]) / 2 + 0.5) / STRIDE - 0.5
            x = ((word[2] + word[4]) / 2 + 0.5) / STRIDE - 0.5
            a, b = max(0, round(y) - 2), max(0, round(x) - 2)
            hit += bool(peak[a : a + 5, b : b + 5, int(word[0])].any())
            total += 1
            used[a : a + 5, b : b + 5, int(word[0])] = True
        false += int((peak & ~used).sum())
    return f"found {hit / total:.3f} of {total}, {false / len(files):.1f} false a page"


def main() -> None:
    """Make pages or train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["make", "train"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--first", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("words.onnx"))
    given = parser.parse_args()
    if given.what == "make":
        make(given.folder, given.pages, given.first)
    else:
        train(given.folder, given.out, given.rounds, given.seed)


if __name__ == "__main__":
    main()
