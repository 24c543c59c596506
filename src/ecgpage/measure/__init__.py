"""Records into waves, measurements and statements."""

from ecgpage.measure.delineators import DELINEATORS
from ecgpage.measure.find_waves import find_waves
from ecgpage.measure.wave_settings import WaveSettings

__all__ = ["DELINEATORS", "WaveSettings", "find_waves"]
