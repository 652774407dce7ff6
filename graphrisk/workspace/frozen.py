"""A TOML table becomes a frozen dataclass: types are checked, unknown keys are told the nearest right
name."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from graphrisk.errors import ConfigError
from graphrisk.model.mapping import Condition
from graphrisk.model.times import naive_utc

# What tomllib returns.
TomlValue: TypeAlias = (
    "str | int | float | bool | datetime | date | time | list[TomlValue] | dict[str, TomlValue]"
)
TomlTable: TypeAlias = dict[str, TomlValue]

Value = TypeVar("Value")


def frozen_from_table(kind: type[Value], table: TomlTable, where: str) -> Value:
    """An instance of the dataclass `kind` from a TOML table; fields that are absent keep their defaults.

    One text stands for a list of one. A table stands for a list of pairs (`verdicts`) or of conditions
    (`when`). A datetime without zone is UTC, one with a zone is converted. Raises ConfigError for an
    unknown key, a wrong type, or a required field that is absent.
    """
    hints = get_type_hints(kind)
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # a dataclass by contract
    reject_unknown(table, known, where)
    absent = [name for name, each in known.items() if name not in table and not _has_default(each)]
    if absent:
        raise ConfigError(f"`{absent[0]}` is required", where=where, remedy=f"known here: {', '.join(known)}")
    given = {name: _converted(hints[name], value, f"{where} {name}") for name, value in table.items()}
    try:
        return kind(**given)
    except ValueError as error:
        raise ConfigError(str(error), where=where) from error


def reject_unknown(given: Iterable[str], known: Iterable[str], where: str, *, noun: str = "key") -> None:
    """Raise ConfigError for the first of `given` that is not in `known`, naming the nearest that is."""
    allowed = list(known)
    for name in given:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            raise ConfigError(
                f"unknown {noun}",
                where=where,
                value=name,
                remedy=f"did you mean `{near[0]}`?" if near else f"known: {', '.join(allowed)}",
            )


def _has_default(each: Field[object]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _converted(hint: object, value: TomlValue, where: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _converted(next(a for a in get_args(hint) if a is not type(None)), value, where)
    if origin is tuple:
        return _converted_tuple(get_args(hint), value, where)
    if not isinstance(hint, type):
        raise _mistyped(hint, value, where)
    if issubclass(hint, StrEnum):
        return _converted_word(hint, value, where)
    if is_dataclass(hint) and isinstance(value, dict):
        return frozen_from_table(hint, value, where)
    return _converted_plain(hint, value, where)


def _converted_plain(hint: type, value: TomlValue, where: str) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if hint is float and is_number:
        return float(cast("int", value))
    if hint is datetime and isinstance(value, date):
        return _naive_utc(value)
    if isinstance(value, hint) and (hint is not int or is_number):
        return value
    raise _mistyped(hint, value, where)


def _mistyped(hint: object, value: TomlValue, where: str) -> ConfigError:
    name = getattr(hint, "__name__", str(hint))
    return ConfigError(f"expected {_TYPE_WORDS.get(name, name)}", where=where, value=repr(value))


def _converted_tuple(item_hints: Sequence[object], value: TomlValue, where: str) -> tuple[object, ...]:
    item = item_hints[0]
    if get_origin(item) is tuple and isinstance(value, dict):
        first, second = get_args(item)
        return tuple(
            (_converted(first, key, where), _converted(second, each, where)) for key, each in value.items()
        )
    if item is Condition and isinstance(value, dict):
        return tuple(Condition(key, cast("str", _converted(str, each, where))) for key, each in value.items())
    if len(item_hints) == 2 and item_hints[1] is not Ellipsis:
        if not isinstance(value, list) or len(value) != 2:
            raise ConfigError("expected a list of two", where=where, value=repr(value))
        return tuple(_converted(hint, each, where) for hint, each in zip(item_hints, value, strict=True))
    items = value if isinstance(value, list) else [value]
    return tuple(_converted(item, each, f"{where}[{position}]") for position, each in enumerate(items))


def _converted_word(words: type[StrEnum], value: TomlValue, where: str) -> StrEnum:
    try:
        return words(str(value))
    except ValueError:
        raise ConfigError(
            "unknown word",
            where=where,
            value=str(value),
            remedy=f"one of {', '.join(word.value for word in words)}",
        ) from None


def _naive_utc(value: date) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return naive_utc(moment)


_TYPE_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "datetime": "a date",
}
