"""Anything into HTML and PNG; the only room that draws."""

from ecgpage.report.contact_drawing import draw_contact_sheet
from ecgpage.report.contact_sheet import write_contact_sheet
from ecgpage.report.curves import draw_curves
from ecgpage.report.evaluation import Mistake, draw_evaluation, evaluation_page
from ecgpage.report.marks_on_page import Drawn, marks_on_page, summary
from ecgpage.report.measured import measured_page
from ecgpage.report.style import environment, fill, picture_source, shrunk
from ecgpage.report.tune import draw_study

__all__ = [
    "Drawn",
    "Mistake",
    "draw_contact_sheet",
    "draw_curves",
    "draw_evaluation",
    "draw_study",
    "environment",
    "evaluation_page",
    "fill",
    "marks_on_page",
    "measured_page",
    "picture_source",
    "shrunk",
    "summary",
    "write_contact_sheet",
]
