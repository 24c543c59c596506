"""Pages and a split into a model; the only room that knows Keras."""

from ecgpage.learn.augment import AUGMENTATIONS, Augmentation, make_augmentation
from ecgpage.learn.augment_samples import Samples, sample_augmentations
from ecgpage.learn.export import export_onnx
from ecgpage.learn.installed import check_installed
from ecgpage.learn.networks import count_multiply_adds, family_of, list_networks, settings_for
from ecgpage.learn.pipeline import (
    PageFeed,
    PageSource,
    default_cache_folder,
    open_source,
    sparing,
)
from ecgpage.learn.predict import Prediction, Predictor
from ecgpage.learn.predict_file import (
    FilePredictor,
    Row,
    RowWriter,
    decode_rows,
    encode_rows,
    row_of_refusal,
    rows_of,
)
from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.region import Region, find_region
from ecgpage.learn.settings import TrainSettings, make_settings, parse_settings, read_settings
from ecgpage.learn.training import (
    Epoch,
    Prepared,
    TrainedModel,
    TrainingData,
    check_parts,
    choose_classes,
    left_out,
    mean_probabilities,
    prepare,
    preprocessing_of,
    save_keras,
    train,
    train_members,
    validation_figures,
    versions,
    write_history,
)
from ecgpage.learn.tune import Tuned, tune
from ecgpage.learn.tune_space import SEARCHED
from ecgpage.learn.vector_model import VectorModel, export_vectors, fit_vectors
from ecgpage.learn.vectors import Vectors, register_vectors, sees_measurements

__all__ = [
    "AUGMENTATIONS",
    "SEARCHED",
    "Augmentation",
    "Epoch",
    "FilePredictor",
    "PageFeed",
    "PageSource",
    "Prediction",
    "Predictor",
    "Prepared",
    "Preprocessing",
    "Region",
    "Row",
    "RowWriter",
    "Samples",
    "TrainSettings",
    "TrainedModel",
    "TrainingData",
    "Tuned",
    "VectorModel",
    "Vectors",
    "check_installed",
    "check_parts",
    "choose_classes",
    "count_multiply_adds",
    "decode_rows",
    "default_cache_folder",
    "encode_rows",
    "export_onnx",
    "export_vectors",
    "family_of",
    "find_region",
    "fit_vectors",
    "left_out",
    "list_networks",
    "make_augmentation",
    "make_settings",
    "mean_probabilities",
    "open_source",
    "parse_settings",
    "prepare",
    "preprocessing_of",
    "read_settings",
    "register_vectors",
    "row_of_refusal",
    "rows_of",
    "sample_augmentations",
    "save_keras",
    "sees_measurements",
    "settings_for",
    "sparing",
    "train",
    "train_members",
    "tune",
    "validation_figures",
    "versions",
    "write_history",
]
