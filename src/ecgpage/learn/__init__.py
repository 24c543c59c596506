"""Pages and a split into a model; the only room that knows Keras."""

from ecgpage.learn.augment import AUGMENTATIONS, Augmentation, make_augmentation
from ecgpage.learn.export import export_onnx
from ecgpage.learn.networks import count_multiply_adds, list_networks, settings_for
from ecgpage.learn.pipeline import PageFeed, PageSource, default_cache_folder, open_source
from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.region import Region, find_region
from ecgpage.learn.settings import TrainSettings, make_settings, read_settings
from ecgpage.learn.training import (
    Epoch,
    Prepared,
    TrainedModel,
    TrainingData,
    choose_classes,
    mean_probabilities,
    prepare,
    preprocessing_of,
    train,
    train_members,
    validation_figures,
    versions,
    write_history,
)

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Epoch",
    "PageFeed",
    "PageSource",
    "Prepared",
    "Preprocessing",
    "Region",
    "TrainSettings",
    "TrainedModel",
    "TrainingData",
    "choose_classes",
    "count_multiply_adds",
    "default_cache_folder",
    "export_onnx",
    "find_region",
    "list_networks",
    "make_augmentation",
    "make_settings",
    "mean_probabilities",
    "open_source",
    "prepare",
    "preprocessing_of",
    "read_settings",
    "settings_for",
    "train",
    "train_members",
    "validation_figures",
    "versions",
    "write_history",
]
