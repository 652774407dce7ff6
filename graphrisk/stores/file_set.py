"""Several files written into one folder, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from graphrisk.errors import ConfigError
from graphrisk.stores.durable import sync_folder

UNFINISHED = ".unfinished"  # how the names of files end that are not yet in their place


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """files: by their path within the folder. Each is first written beside its place, and only when all are
    on the disk are they moved there, one after another; other files in the folder stay. Raises ConfigError
    where the folder cannot be written, ValueError for a name that leads out of it."""
    for name in files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ValueError(f"no name within a folder: {name!r}")
    unfinished: dict[Path, Path] = {}
    try:
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.{os.getpid()}{UNFINISHED}")
            unfinished[beside] = target
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for beside, target in unfinished.items():
            beside.replace(target)
        for place in {target.parent for target in unfinished.values()}:
            sync_folder(place)
            sync_folder(place.parent)  # the folder itself may be new
    except OSError as error:
        raise ConfigError(
            f"cannot write: {error}",
            where=str(folder),
            remedy="give a folder that can be written and has room",
        ) from error
    finally:
        for beside in unfinished:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
