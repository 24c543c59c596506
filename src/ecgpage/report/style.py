"""The common dress of all reports: templates, style sheet, pictures inside the page."""

from __future__ import annotations

import base64
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

import ecgpage


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Templates of ``report/templates``, everything escaped, unknown names an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("ecgpage.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["version"] = ecgpage.__version__
    made.globals["style"] = style_sheet()
    return made


def fill(template: str, **values: Any) -> str:
    """Fill a template that extends ``base.html``; the result is one self-contained page.

    ``base.html`` has the blocks title, head, body and footer. What is HTML already (an SVG)
    must be passed as :class:`markupsafe.Markup`.
    """
    return environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def style_sheet() -> Any:
    """The shared style sheet, safe to stand inside ``<style>``."""
    from markupsafe import Markup

    return Markup(files("ecgpage.report").joinpath("style.css").read_text(encoding="utf-8"))


def picture_source(image: NDArray[np.uint8], format: str = "JPEG", quality: int = 80) -> str:
    """An image (rows, columns) or (rows, columns, 3) as a ``data:`` address for ``<img src>``."""
    from PIL import Image

    stream = BytesIO()
    Image.fromarray(image).save(stream, format, quality=quality)
    text = base64.b64encode(stream.getvalue()).decode("ascii")
    return f"data:image/{format.lower()};base64,{text}"


def shrunk(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """An image at most ``width`` pixels wide, averaged so that thin lines stay visible."""
    from PIL import Image

    if image.shape[1] <= width:
        return image
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
