"""Pages to leads in mV, or a refusal with its reason."""

from ecgpage.digitise.details import Details
from ecgpage.digitise.pipeline import digitise, read_page, read_pixels
from ecgpage.digitise.settings import Settings

__all__ = ["Details", "Settings", "digitise", "read_page", "read_pixels"]
