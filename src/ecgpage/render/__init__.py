"""Records into pages with exactly known truth."""

from ecgpage.render.demo import demo_pages
from ecgpage.render.page import RenderedPage
from ecgpage.render.random_style import like, random_style
from ecgpage.render.render import render_record
from ecgpage.render.simulate import KINDS, simulate, simulate_dataset, true_waves
from ecgpage.render.style import LAYOUTS, Grid, Lettering, PageStyle
from ecgpage.render.templates import TEMPLATES, template
from ecgpage.render.world import World
from ecgpage.render.world_random import WORLDS, random_world

__all__ = [
    "KINDS",
    "LAYOUTS",
    "TEMPLATES",
    "WORLDS",
    "Grid",
    "Lettering",
    "PageStyle",
    "RenderedPage",
    "World",
    "demo_pages",
    "like",
    "random_style",
    "random_world",
    "render_record",
    "simulate",
    "simulate_dataset",
    "template",
    "true_waves",
]
