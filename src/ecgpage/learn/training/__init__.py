"""Training a network: the loop, what is kept of it, and how it goes on after a kill."""

from ecgpage.learn.training.classes import Classes, choose_classes
from ecgpage.learn.training.data import Feed, TrainingData
from ecgpage.learn.training.log import Epoch, write_history
from ecgpage.learn.training.loop import TrainedModel, train
from ecgpage.learn.training.members import mean_probabilities, train_members

__all__ = [
    "Classes",
    "Epoch",
    "Feed",
    "TrainedModel",
    "TrainingData",
    "choose_classes",
    "mean_probabilities",
    "train",
    "train_members",
    "write_history",
]
