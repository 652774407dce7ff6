"""Wires a workspace to what `enforce init` makes: policy, keys, ledger."""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.enforcement.begin import Begun, begin_ledger
from graphrisk.flows.enforcement.refuse import Guard, NobodyKnown, refuse_all
from graphrisk.model.ledger import Opened
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger, tell_nobody
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.workspace.enforcing import now
from graphrisk.workspace.guarding import guarding
from graphrisk.workspace.policy_file import write_default_policy
from graphrisk.workspace.session import Workspace


@dataclass(frozen=True, slots=True)
class Initialised:
    """made_keys: names of the files that were not there. made_policy: whether policy.toml was not."""

    places: EnforcementPlaces
    made_keys: tuple[str, ...]
    made_policy: bool
    signing_fingerprint: str
    begun: Begun


def begin_enforcement(
    shop: Workspace, keys: Path, by: str, tell: Callable[[str], None] = tell_nobody
) -> Initialised:
    """Whatever is there already is kept; doing it again changes nothing. tell: as in Ledger. Raises
    ConfigError where the keys would lie in the workspace, or where there is a ledger and not its keys."""
    places = EnforcementPlaces(shop.folder, keys)
    _refuse_inside(places)
    _refuse_names(shop, by)
    made: tuple[str, ...] = ()
    if places.ledger.exists() or places.head.exists():
        folder = KeyFolder.open(keys)
        folder.check()
    else:
        folder, made = KeyFolder.create(keys)
    opened = Opened(
        _new_name(), folder.signing_fingerprint, folder.pseudonym_fingerprint, version("graphrisk")
    )
    begun = begin_ledger(Ledger(places, folder, tell=tell), PackageStore(places.packages), opened, by, now())
    made_policy = write_default_policy(places.policy)
    return Initialised(places, made, made_policy, folder.signing_fingerprint, begun)


def _refuse_names(shop: Workspace, by: str) -> None:
    """Before the first load nobody is known, and only what looks like an identifier is refused."""
    told = (("--by", by),)
    try:
        with guarding(shop) as guard:
            refuse_all(guard, told)
    except NotFoundError:
        refuse_all(Guard(NobodyKnown(), shop.config.mapping.region), told)


def _refuse_inside(places: EnforcementPlaces) -> None:
    if places.keys.resolve().is_relative_to(places.workspace.resolve()):
        raise ConfigError(
            "keys do not belong in the workspace: whoever copies it would have them", where="--keys",
            value=str(places.keys), remedy="name a folder elsewhere",
        )  # fmt: skip


def _new_name() -> str:
    return "L-" + b32encode(secrets.token_bytes(10)).decode("ascii")
