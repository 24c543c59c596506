"""State that outlives a run: labels, ledgers, models."""

from ecgpage.store.archive_book import ArchiveBook, Count
from ecgpage.store.archive_runs import RunState, run_states
from ecgpage.store.aside import file_aside, folder_aside, write_csv, write_values
from ecgpage.store.engine import is_store, store_beside
from ecgpage.store.exports import Exported, export_csv, export_folder
from ecgpage.store.files import read_json, write_json, write_text
from ecgpage.store.labels import Added, LabelStore
from ecgpage.store.ledger import SqlLedger
from ecgpage.store.marks import MarkStore
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
    write_model,
)
from ecgpage.store.places import holds_files, join, put_bytes
from ecgpage.store.queries import ADJUDICATED, Consensus, Reader

__all__ = [
    "ADJUDICATED",
    "Added",
    "ArchiveBook",
    "Consensus",
    "Count",
    "Exported",
    "LabelStore",
    "MarkStore",
    "ModelDescription",
    "ModelFolder",
    "Reader",
    "RunState",
    "SqlLedger",
    "Writer",
    "check_place",
    "clear_training",
    "copy_tensorboard",
    "export_csv",
    "export_folder",
    "file_aside",
    "folder_aside",
    "holds_files",
    "is_store",
    "join",
    "model_card",
    "put_bytes",
    "read_json",
    "read_model",
    "run_states",
    "store_beside",
    "training_place",
    "write_csv",
    "write_json",
    "write_model",
    "write_text",
    "write_values",
]
