"""`graphrisk enforce init`: policy, keys and ledger, where they are absent."""

from __future__ import annotations

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import note, print_facts, print_json, warn
from graphrisk.workspace import Workspace


def register(group: typer.Typer) -> None:
    group.command("init")(init)


def init(
    keys: KeysOption,
    workspace: WorkspaceOption = HERE,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what enforcement needs: policy.toml, keys, and the ledger with its first entry.

    What is there is kept, so doing it again changes nothing. Keys lie outside of the workspace; whoever has
    them can sign, so keep a copy where only you can get it: without them the ledger cannot go on.

    Example: graphrisk enforce init -w shop
    """
    from graphrisk.workspace.enforcing_begin import begin_enforcement  # noqa: PLC0415 - for it alone

    made = begin_enforcement(Workspace.open(workspace), keys, name_of(by), warn)
    first, last = made.begun.first, made.begun.last
    made_names = [*made.made_keys, *(["policy.toml"] if made.made_policy else [])]
    made_names += ["ledger.jsonl"] if made.begun.is_new else []
    if as_json:
        print_json(
            {
                "made": made_names, "policy": str(made.places.policy), "keys": str(made.places.keys),
                "signing_key": made.signing_fingerprint, "opened_at": first.at, "opened_by": first.by,
                "head": {"seq": last.seq, "hash": last.hash},
            }
        )  # fmt: skip
        return
    print_facts(
        [
            ("policy", str(made.places.policy)), ("keys", str(made.places.keys)),
            ("signing key", made.signing_fingerprint), ("ledger", str(made.places.ledger)),
            ("opened", first.at), ("by", first.by), ("head", f"{last.seq} {last.hash}"),
        ]
    )  # fmt: skip
    note(f"made {', '.join(made_names)}" if made_names else "everything was there already")
