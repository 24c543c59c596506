"""Pages to leads in mV, or a refusal with its reason."""

from ecgpage.digitise.details import Details
from ecgpage.digitise.pipeline import digitise, read_page, read_pixels
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.steps import step_pictures
from ecgpage.digitise.write import write_reading

__all__ = [
    "Details",
    "Settings",
    "digitise",
    "read_page",
    "read_pixels",
    "step_pictures",
    "write_reading",
]
