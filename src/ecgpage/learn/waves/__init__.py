"""The network that marks P, QRS and T: built, trained and written as ONNX here."""

from ecgpage.learn.waves.augment import Truth, TruthLead, draw_sample
from ecgpage.learn.waves.export import export_delineator
from ecgpage.learn.waves.network import build
from ecgpage.learn.waves.settings import WaveSettings
from ecgpage.learn.waves.train import train

__all__ = [
    "Truth",
    "TruthLead",
    "WaveSettings",
    "build",
    "draw_sample",
    "export_delineator",
    "train",
]
