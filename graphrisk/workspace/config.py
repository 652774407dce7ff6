"""graphrisk.toml, read once into one frozen value."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from graphrisk.errors import ConfigError
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind, KindSet, Normaliser
from graphrisk.model.mapping import LoadLimits, Mapping, TableFormat, TableMapping
from graphrisk.sources.samples import format_of
from graphrisk.workspace.frozen import TomlTable, TomlValue, frozen_from_table, reject_unknown

CONFIG_NAME = "graphrisk.toml"
GRAPH_SECTION = "graph"  # what somebody else's graph in Neo4j means, instead of tables
_LOAD_KEYS = ("data", "region", "limits", "kinds", "tables")
Sections: TypeAlias = dict[str, TomlTable]


@dataclass(frozen=True, slots=True)
class Config:
    """path: the file itself. data: the folder that the tables' globs are relative to. sections: the tables
    of the file that say nothing about loading ([detect], ...), for whoever owns them to read with
    `frozen_from_table`."""

    path: Path
    data: Path
    mapping: Mapping
    sections: Sections = field(default_factory=dict)


def read_config(path: Path, *, data: Path | None = None) -> Config:
    """Read graphrisk.toml. data: overrides its `data` folder. Raises ConfigError naming the place and the
    nearest right name."""
    try:
        document: TomlTable = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {CONFIG_NAME} here",
            where=str(path.parent),
            remedy="write one with `graphrisk init DIR --workspace PATH`",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path)) from error
    where = path.name
    loose = [key for key, value in document.items() if key not in _LOAD_KEYS and not isinstance(value, dict)]
    reject_unknown(loose, _LOAD_KEYS, where)
    folder = data if data is not None else path.parent / _text(document, "data", ".", where)
    mapping = Mapping(
        tables=tuple(
            _table(name, _section(tables, name, where), f"{where} [tables.{name}]")
            for tables in [_section(document, "tables", where)]
            for name in tables
        ),
        kinds=_kinds(_section(document, "kinds", where), where),
        region=_text(document, "region", "US", where).upper(),
        limits=frozen_from_table(LoadLimits, _section(document, "limits", where), f"{where} [limits]"),
    )
    _check_kinds(mapping, where)
    sections = {k: v for k, v in document.items() if k not in _LOAD_KEYS and isinstance(v, dict)}
    return Config(path, folder, mapping, sections)


def _table(name: str, section: TomlTable, where: str) -> TableMapping:
    given = dict(section)
    if "link" in given:
        given["links"] = given.pop("link")
    if "format" not in given:
        given["format"] = _format(given, where).value
    table = frozen_from_table(TableMapping, {**given, "name": name}, where)
    if bool(table.files) == bool(table.database):
        raise ConfigError("a table has either `files` or `database` (with `query`)", where=where)
    if (table.database is None) != (table.query is None):
        raise ConfigError("`database` and `query` belong together", where=where)
    if not (table.account or table.links or table.payment or table.label):
        raise ConfigError(
            "the table says nothing",
            where=where,
            remedy=f"give it at least one of [tables.{name}.account], [[tables.{name}.link]],"
            f" [tables.{name}.payment], [tables.{name}.label], or remove it",
        )
    return table


def _format(section: TomlTable, where: str) -> TableFormat:
    if "database" in section:
        return TableFormat.SQL
    files = section.get("files")
    names = [files] if isinstance(files, str) else files if isinstance(files, list) else []
    found = {format_of(str(name)) for name in names}
    if len(found) == 1 and (only := found.pop()) is not None:
        return only
    raise ConfigError(
        "the format cannot be told from the files' endings",
        where=where,
        value=", ".join(map(str, names)),
        remedy='say it: format = "csv", "parquet" or "jsonl"; one table has one format',
    )


def _kinds(section: TomlTable, where: str) -> KindSet:
    declared = list(BUILT_IN_KINDS.kinds)
    for name in section:
        place = f"{where} [kinds.{name}]"
        known = BUILT_IN_KINDS.named(name) or IdentifierKind(
            name,
            Normaliser.EXACT,
            0.5,
            "".join(word.capitalize() for word in name.split("_")),
            f"USED_{name.upper()}",
            f"same {name.replace('_', ' ')}",
        )
        given = _section(section, name, place)
        defaults: TomlTable = {
            "normaliser": known.normaliser.value,
            "trust_share": known.trust_share,
            "label": known.label,
            "relationship": known.relationship,
            "words": known.words,
            "nature": known.nature.value,
            "comparison": known.comparison.value,
            "single_valued": known.single_valued,
        }
        kind = frozen_from_table(IdentifierKind, {"name": name, **defaults, **given}, place)
        if not 0 < kind.trust_share <= 1:
            raise ConfigError(
                "trust_share lies above 0 and at most at 1", where=place, value=str(kind.trust_share)
            )
        declared.append(replace(kind, name=name))
    kinds = KindSet.of(declared)
    for name in section:
        _check_cause(kinds, name, f"{where} [kinds.{name}]")
    return kinds


def _check_cause(kinds: KindSet, name: str, where: str) -> None:
    kind = kinds.named(name)
    if kind is not None and kind.one_cause_with is not None:
        others = [other for other in kinds.names() if other != name]
        reject_unknown([kind.one_cause_with], others, f"{where} one_cause_with", noun="kind")


def _check_kinds(mapping: Mapping, where: str) -> None:
    for table in mapping.tables:
        for link in table.links:
            reject_unknown(
                [link.kind], mapping.kinds.names(), f"{where} [[tables.{table.name}.link]]", noun="kind"
            )


def _section(parent: TomlTable, key: str, where: str) -> TomlTable:
    value: TomlValue = parent.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"`{key}` is a table", where=where, value=str(value))
    return value


def _text(parent: TomlTable, key: str, default: str, where: str) -> str:
    value = parent.get(key, default)
    if not isinstance(value, str):
        raise ConfigError(f"`{key}` is a text", where=where, value=str(value))
    return value
