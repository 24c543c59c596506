"""State that outlives a run: labels, ledgers, models."""

from ecgpage.store.aside import file_aside, folder_aside, write_csv
from ecgpage.store.engine import store_beside
from ecgpage.store.labels import Added, LabelStore
from ecgpage.store.model_card import model_card
from ecgpage.store.models import (
    ModelDescription,
    ModelFolder,
    Writer,
    check_place,
    clear_training,
    copy_tensorboard,
    read_model,
    training_place,
    write_json,
    write_model,
    write_text,
)
from ecgpage.store.queries import ADJUDICATED, Consensus, Reader

__all__ = [
    "ADJUDICATED",
    "Added",
    "Consensus",
    "LabelStore",
    "ModelDescription",
    "ModelFolder",
    "Reader",
    "Writer",
    "check_place",
    "clear_training",
    "copy_tensorboard",
    "file_aside",
    "folder_aside",
    "model_card",
    "read_model",
    "store_beside",
    "training_place",
    "write_csv",
    "write_json",
    "write_model",
    "write_text",
]
