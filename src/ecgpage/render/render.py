"""The room's main door: a record, a look and a world into a page with its truth."""

from __future__ import annotations

from ecgpage.render.page import RenderedPage, render_sheet
from ecgpage.render.style import PageStyle
from ecgpage.render.world import weather
from ecgpage.render.world_values import World
from ecgpage.values import Record


def render_record(
    record: Record, style: PageStyle | None = None, seed: int = 0, *, world: World | None = None
) -> RenderedPage:
    """Render one record as a page.

    Parameters
    ----------
    record:
        Leads in mV with standard names; missing leads stay blank.
    style:
        The look; the plain one by default. See :func:`random_style` and :data:`TEMPLATES`.
    seed:
        Made-up words, and where the world's stains and folds lie. The same record, style,
        world and seed give the same page, byte for byte.
    world:
        What happens to the sheet afterwards; None leaves it clean and flat.

    Returns
    -------
    RenderedPage
        ``page.image`` is uint8 RGB; ``truth`` holds for its pixels.
    """
    clean = render_sheet(record, style or PageStyle(), seed)
    return clean if world is None else weather(clean, world, seed)
