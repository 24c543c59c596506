"""Training a network: the loop, what is kept of it, and how it goes on after a kill."""

from ecgpage.learn.training.classes import Classes, choose_classes
from ecgpage.learn.training.data import Feed, TrainingData
from ecgpage.learn.training.figures import validation_figures
from ecgpage.learn.training.log import Epoch, write_history
from ecgpage.learn.training.loop import TrainedModel, train
from ecgpage.learn.training.members import mean_probabilities, save_keras, train_members
from ecgpage.learn.training.prepare import (
    Prepared,
    check_parts,
    left_out,
    prepare,
    preprocessing_of,
)
from ecgpage.learn.training.versions import versions

__all__ = [
    "Classes",
    "Epoch",
    "Feed",
    "Prepared",
    "TrainedModel",
    "TrainingData",
    "check_parts",
    "choose_classes",
    "left_out",
    "mean_probabilities",
    "prepare",
    "preprocessing_of",
    "save_keras",
    "train",
    "train_members",
    "validation_figures",
    "versions",
    "write_history",
]
