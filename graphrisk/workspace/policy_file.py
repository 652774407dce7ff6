"""policy.toml: read into one frozen value, and written for the first time with every default spelled out."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import cast

from graphrisk.enforce.policy import Caps, Guardrail, Limits, Policy, Tiers, check_policy
from graphrisk.enforce.purposes import ExportPurpose
from graphrisk.enforce.receivers import Receiver, check_receiver
from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.model.enforcement import TIERS
from graphrisk.workspace.frozen import TomlTable, TomlValue, frozen_from_table, reject_unknown

_SECTIONS = ("tiers", "limits", "caps", "allow_list", "approvers", "receivers", "purposes", "redress")
_CAPS = ("ring", "market", "day", "plan")


def read_policy(path: Path) -> Policy:
    """What is not said has its default. Raises NotFoundError where there is no file, ConfigError for what
    cannot be used, naming the place and the nearest right name."""
    try:
        told: TomlTable = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(
            "there is no policy here", where=str(path), remedy="write one with `graphrisk enforce init`"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path)) from error
    where = path.name
    reject_unknown(told, _SECTIONS, where)
    policy = Policy(
        tiers=_tiers(_section(told, "tiers", where), where),
        limits=frozen_from_table(Limits, _section(told, "limits", where), f"{where} [limits]"),
        caps=_caps(_section(told, "caps", where), where),
        allow_list=_allow_list(told.get("allow_list", []), where),
        approvers=tuple(sorted(_texts(_section(told, "approvers", where), f"{where} [approvers]").items())),
        receivers=tuple(_receivers(_section(told, "receivers", where), where)),
        purposes=tuple(_purposes(_section(told, "purposes", where), where)),
        redress=_texts({"redress": told.get("redress", Policy().redress)}, where)["redress"],
    )
    check_policy(policy, where)
    return policy


def write_default_policy(path: Path) -> bool:
    """Returns False, and leaves it as it is, where there is one already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(default_policy_text())
    except FileExistsError:
        return False
    return True


def default_policy_text() -> str:
    """Every default, under what it means."""
    policy = Policy()
    lines = [
        "# What may be done on what grounds. Every key is explained in docs/enforcement.md. Its digest is",
        "# part of every plan: a plan that was made under another policy is void.",
        f"redress = {_toml(policy.redress)}",
        "allow_list = []  # account ids against which nothing is ever done",
        "",
        "# A tier is for an account whose ring score, own risk and number of independent kinds of evidence",
        "# reach all three. duration_days = 0: until it is taken back.",
    ]
    for tier in TIERS:
        lines += [f"[tiers.{tier}]", *_pairs(asdict(policy.tiers.of(tier))), ""]
    guards = ", ".join(each.value for each in Guardrail if each is not Guardrail.ALLOW_LIST)
    lines += [
        f"# Guardrails: {guards}. All are on;",
        "# name here those that shall be off.",
        "[limits]", *_pairs(asdict(policy.limits)), "",
        "# The most that a plan may act on above monitor. The first small_count accounts are always allowed.",
        "[caps]", f"small_count = {policy.caps.small_count}", "",
    ]  # fmt: skip
    for name in _CAPS:
        lines += [f"[caps.{name}]", *_pairs(asdict(getattr(policy.caps, name))), ""]
    lines += [
        "# Public keys (Ed25519, hexadecimal) that sign approvals; without any, names are believed.",
        "[approvers]", '# eve = "9f2c..."', "",
        "# What an export for this purpose carries, account ids as tokens unless identified = true",
        "# [purposes.vendor-x]", '# columns = ["account_id", "tier", "from_at", "until_at"]', "",
        "# [receivers.shop]", '# url = "https://shop.example/enforcement"',
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _pairs(values: dict[str, object]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    """Texts, numbers, booleans and lists look alike in JSON and TOML."""
    return json.dumps(value, ensure_ascii=False)


def _section(told: TomlTable, name: str, where: str) -> TomlTable:
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(f"`{name}` is a table", where=where, value=str(value))
    return value


def _tiers(told: TomlTable, where: str) -> Tiers:
    reject_unknown(told, [tier.value for tier in TIERS], f"{where} [tiers]", noun="tier")
    return frozen_from_table(Tiers, _filled(Tiers(), told, f"{where} [tiers]"), f"{where} [tiers]")


def _caps(told: TomlTable, where: str) -> Caps:
    return frozen_from_table(Caps, _filled(Caps(), told, f"{where} [caps]"), f"{where} [caps]")


def _filled(defaults: Tiers | Caps, told: TomlTable, where: str) -> TomlTable:
    """What is said of a nested record, with the rest of its defaults."""
    found: TomlTable = dict(told)
    for each in fields(defaults):
        default = getattr(defaults, each.name)
        if is_dataclass(default) and not isinstance(default, type) and each.name in told:
            found[each.name] = {**asdict(default), **_section(told, each.name, where)}
    return found


def _allow_list(told: TomlValue, where: str) -> frozenset[str]:
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise ConfigError("a list of account ids in quotes is wanted", where=f"{where} allow_list")
    ids = [each.strip() for each in cast("list[str]", told)]
    if not all(ids):
        raise ConfigError("an empty text is nobody's id", where=f"{where} allow_list")
    return frozenset(ids)


def _texts(told: TomlTable, where: str) -> dict[str, str]:
    for name, value in told.items():
        if not isinstance(value, str) or not value.strip():
            raise ConfigError("a text is wanted", where=f"{where} {name}", value=str(value))
    return cast("dict[str, str]", told)


def _receivers(told: TomlTable, where: str) -> Iterator[Receiver]:
    for name in told:
        given, place = _section(told, name, f"{where} [receivers]"), f"{where} [receivers.{name}]"
        receiver = frozen_from_table(Receiver, {**given, "name": name}, place)
        check_receiver(receiver, place)
        yield receiver


def _purposes(told: TomlTable, where: str) -> Iterator[ExportPurpose]:
    for name in told:
        given = _section(told, name, f"{where} [purposes]")
        yield frozen_from_table(ExportPurpose, {**given, "name": name}, f"{where} [purposes.{name}]")
