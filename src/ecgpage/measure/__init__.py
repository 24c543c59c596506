"""Records into waves, measurements and statements."""

from ecgpage.measure.by_hand import correct, corrections_of
from ecgpage.measure.catalogue import CATALOGUE, GROUPS, reference_table
from ecgpage.measure.delineators import DELINEATORS
from ecgpage.measure.find_waves import find_waves
from ecgpage.measure.measure_record import VERSION, measure_record
from ecgpage.measure.median_beats import make_median_beats
from ecgpage.measure.person import person_notes, with_notes
from ecgpage.measure.rules import rules_table
from ecgpage.measure.seen import cannot_tell
from ecgpage.measure.vector import T_NAMES, VECTOR_NAMES, vector_of
from ecgpage.measure.verdict import major_degree, scores_of
from ecgpage.measure.wave_settings import WaveSettings

__all__ = [
    "CATALOGUE",
    "DELINEATORS",
    "GROUPS",
    "T_NAMES",
    "VECTOR_NAMES",
    "VERSION",
    "WaveSettings",
    "cannot_tell",
    "correct",
    "corrections_of",
    "find_waves",
    "major_degree",
    "make_median_beats",
    "measure_record",
    "person_notes",
    "reference_table",
    "rules_table",
    "scores_of",
    "vector_of",
    "with_notes",
]
