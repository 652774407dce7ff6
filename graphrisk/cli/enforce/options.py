"""The flags that commands of enforcement share, those of `graphrisk audit` too."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.errors import ConfigError
from graphrisk.stores.enforcement.places import default_keys

KeysOption = Annotated[
    Path,
    typer.Option(
        "--keys", metavar="PATH", envvar="GRAPHRISK_KEYS", default_factory=default_keys,
        help="The folder of keys, outside of the workspace.", show_default="in your configuration folder",
    ),
]  # fmt: skip
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does it.", show_default="your login name")
]


def name_of(by: str | None) -> str:
    """Who does it: as said with --by, else the login name. Raises ConfigError where there is neither."""
    if by is not None and by.strip():
        return by
    if by is not None:
        raise ConfigError("a name is wanted", where="--by", value=by)
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise ConfigError("nobody knows who you are", where="--by", remedy="say it: --by NAME") from error
