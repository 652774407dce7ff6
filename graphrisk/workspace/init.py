"""A new workspace: a graphrisk.toml proposed from the tables' headers, or one that came from elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path

from graphrisk.errors import ConfigError
from graphrisk.flows.propose import Proposal, propose_mapping
from graphrisk.sources.samples import sample_folder
from graphrisk.workspace.config import CONFIG_NAME, read_config
from graphrisk.workspace.config_text import config_text


def propose_config(data: Path, folder: Path, *, replace: bool = False) -> Proposal:
    """Look at the tables in `data` and write a graphrisk.toml into the workspace `folder`, which is made
    where it is absent.

    Raises ConfigError if there is one already and `replace` is not given, NotFoundError or InputError for
    unusable `data`.
    """
    path = folder / CONFIG_NAME
    if path.exists() and not replace:
        raise ConfigError(
            "there is a configuration already",
            where=str(path),
            remedy="keep it, or give --force to write it anew",
        )
    proposal = propose_mapping(sample_folder(data))
    folder.mkdir(parents=True, exist_ok=True)
    write_config(path, config_text(proposal, _relative(data, folder)))
    read_config(path)  # what we write we can read
    return proposal


def adopt_config(config: Path, folder: Path, *, data: Path | None = None) -> None:
    """Make `config` the workspace's own, with `data` as its data folder (default: the one it names itself).

    Raises ConfigError if the workspace has another one.
    """
    read_config(config, data=data)
    text = config.read_text(encoding="utf-8")
    named = data if data is not None else read_config(config).data
    line = f'data = "{_relative(named, folder)}"'.replace("\\", "/")
    text, found = re.subn(
        r"\A((?:(?!\[)[^\n]*\n)*?)data\s*=[^\n]*", lambda match: match.group(1) + line, text, count=1
    )
    if not found:
        text = line + "\n" + text
    path = folder / CONFIG_NAME
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ConfigError(
            "the workspace has a configuration of its own",
            where=str(path),
            value=str(config),
            remedy="leave out --config, or take another workspace",
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_config(path, text)


def _relative(data: Path, folder: Path) -> str:
    """Relative where the two lie under one folder that is no root, so that both may be moved together."""
    ours, theirs = folder.resolve(), data.resolve()
    shared = os.path.commonpath([ours, theirs])
    return os.path.relpath(theirs, ours) if len(Path(shared).parts) > 2 else str(theirs)


def write_config(path: Path, text: str) -> None:
    """Whole or not at all."""
    beside = path.with_suffix(".toml.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
