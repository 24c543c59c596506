"""The labelling room: a local web page on which people sort ECG pages.

The web framework is imported when a page is served, not when this package is.
"""

from ecgpage.web.classes import DEFAULT_CLASSES, LabelClass, parse_classes
from ecgpage.web.launch import launch, launch_view
from ecgpage.web.settings import WebSettings, make_settings

__all__ = [
    "DEFAULT_CLASSES",
    "LabelClass",
    "WebSettings",
    "launch",
    "launch_view",
    "make_settings",
    "parse_classes",
]
