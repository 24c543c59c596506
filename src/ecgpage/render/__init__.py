"""Records into pages with exactly known truth."""

from ecgpage.render.coverage import LAYERS, Layers, cover_layers, flat_crop
from ecgpage.render.demo import demo_pages
from ecgpage.render.manifest import manifest_row, read_labels, write_manifest, write_rows
from ecgpage.render.page import RenderedPage, renamed
from ecgpage.render.random_style import like, random_style
from ecgpage.render.recipe import Recipe
from ecgpage.render.render import render_record
from ecgpage.render.simulate import KINDS, draw_kinds, simulate, simulate_dataset, true_waves
from ecgpage.render.style import LAYOUTS, Grid, Lettering, PageStyle
from ecgpage.render.templates import TEMPLATES, template
from ecgpage.render.world_random import WORLDS, random_world
from ecgpage.render.world_values import World
from ecgpage.render.write import write_page

__all__ = [
    "KINDS",
    "LAYERS",
    "LAYOUTS",
    "TEMPLATES",
    "WORLDS",
    "Grid",
    "Layers",
    "Lettering",
    "PageStyle",
    "Recipe",
    "RenderedPage",
    "World",
    "cover_layers",
    "demo_pages",
    "draw_kinds",
    "flat_crop",
    "like",
    "manifest_row",
    "random_style",
    "random_world",
    "read_labels",
    "renamed",
    "render_record",
    "simulate",
    "simulate_dataset",
    "template",
    "true_waves",
    "write_manifest",
    "write_page",
    "write_rows",
]
