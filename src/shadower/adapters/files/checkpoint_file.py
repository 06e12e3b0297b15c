"""A checkpoint as a small JSON file."""

import os
from pathlib import Path

import msgspec

from shadower.application.ports.import_checkpoints import Checkpoint, CheckpointUnreadable, ImportCheckpoints


class FileImportCheckpoints(ImportCheckpoints):
    """One file, replaced as a whole: after a crash or a power cut it is the one before or the one after."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self) -> Checkpoint | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Checkpoint)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise CheckpointUnreadable(
                f"{self._path} is not a checkpoint of this version ({error}). --restart begins anew; rows that are "
                "stored already come back as duplicates."
            ) from error

    def save(self, checkpoint: Checkpoint) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(checkpoint)))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
