"""Where the files of enforcement are.

WORKSPACE/policy.toml                what may be done on what grounds
WORKSPACE/enforcement.duckdb         the state of every account, made of the ledger; can be made again
WORKSPACE/enforce/ledger.jsonl       everything that was done, chained
WORKSPACE/enforce/ledger.head        its last entry, signed
WORKSPACE/enforce/ledger.intent      what is being written, or was last, signed
WORKSPACE/enforce/ledger.lock        held by whoever writes
WORKSPACE/enforce/plans/P-.../       plans
WORKSPACE/enforce/packages/PKG-.../  what was handed over
WORKSPACE/enforce/reversals/         what is ready to be taken back, and waits for a person
WORKSPACE/enforce/dead_letters.jsonl messages that were given up and wait to be tried again
WORKSPACE/enforce/.delivering-X.lock held while something is delivered to the receiver X
WORKSPACE/enforce/STOP               while this file is there, nothing is applied or delivered
KEYS/                                outside of the workspace: whoever copies that has no keys
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class EnforcementPlaces:
    """workspace: its folder. keys: the folder of keys."""

    workspace: Path
    keys: Path

    @property
    def folder(self) -> Path:
        return self.workspace / "enforce"

    @property
    def policy(self) -> Path:
        return self.workspace / "policy.toml"

    @property
    def state(self) -> Path:
        return self.workspace / "enforcement.duckdb"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def head(self) -> Path:
        return self.folder / "ledger.head"

    @property
    def intent(self) -> Path:
        return self.folder / "ledger.intent"

    @property
    def lock(self) -> Path:
        return self.folder / "ledger.lock"

    @property
    def plans(self) -> Path:
        return self.folder / "plans"

    @property
    def packages(self) -> Path:
        return self.folder / "packages"

    @property
    def reversals(self) -> Path:
        return self.folder / "reversals"

    @property
    def dead_letters(self) -> Path:
        return self.folder / "dead_letters.jsonl"

    @property
    def stop(self) -> Path:
        return self.folder / "STOP"


def default_keys() -> Path:
    """The folder of keys of whoever runs this."""
    return Path(typer.get_app_dir("graphrisk")) / "keys"


def find_keys(environment: Mapping[str, str] = os.environ) -> Path:
    """Where no flag says it."""
    told = environment.get("GRAPHRISK_KEYS")
    return Path(told) if told else default_keys()
