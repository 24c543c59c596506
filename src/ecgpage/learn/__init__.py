"""Pages and a split into a model; the only room that knows Keras."""

from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.region import Region, find_region

__all__ = ["Preprocessing", "Region", "find_region"]
