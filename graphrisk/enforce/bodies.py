"""A body of the ledger <-> canonical JSON: keys sorted, no blanks, ASCII only, no floats.

Each field has the form that its type in `model/ledger.py` asks for, and no other: what was read is written
again to the same bytes.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from graphrisk.model.ledger import BODIES, Body

Value: TypeAlias = str | int | datetime | tuple[str, ...] | None
JsonValue: TypeAlias = str | int | list[str] | None

KINDS: dict[type[Body], str] = {body: kind for kind, body in BODIES.items()}

_TIME_LENGTH = len("2026-01-31T12:00:00.000000Z")


@dataclass(frozen=True, slots=True)
class _Form:
    """How one type stands in JSON. Both raise ValueError, with what is wanted."""

    write: Callable[[object], JsonValue]
    read: Callable[[object], Value]


def body_text(body: Body) -> str:
    """The canonical JSON object of a body, without its kind. Raises ValueError where a field holds what could
    not be read back."""
    written = {}
    for name, form in _FORMS[type(body)]:
        try:
            written[name] = form.write(getattr(body, name))
        except ValueError as error:
            raise ValueError(f"`{name}` of {type(body).__name__}: {error}") from None
    return canonical_json(written)


def read_body(kind: object, told: object) -> Body:
    """What body_text wrote. Raises ValueError for an unknown kind or field, an absent one, a wrong type."""
    body = BODIES.get(kind) if isinstance(kind, str) else None
    if body is None:
        raise ValueError("a kind that no entry has")
    forms = _FORMS[body]
    if not isinstance(told, dict) or len(told) != len(forms):
        raise ValueError(f"not the fields of `{kind}`")
    values = []
    for name, form in forms:
        if name not in told:
            raise ValueError(f"no field `{name}`")
        try:
            values.append(form.read(told[name]))
        except ValueError as error:
            raise ValueError(f"`{name}`: {error}") from None
    return cast("Callable[..., Body]", body)(*values)


def canonical_json(value: object) -> str:
    return _ENCODER.encode(value)


def time_text(at: object) -> str:
    """Naive UTC -> ISO 8601, always with microseconds and Z. Raises ValueError for anything else."""
    if type(at) is not datetime or at.tzinfo is not None:
        raise ValueError("a time in UTC without a zone is wanted")
    return at.isoformat(timespec="microseconds") + "Z"


def read_time(text: object) -> datetime:
    """What time_text wrote. The standard library reads other spellings of a time as well."""
    if isinstance(text, str) and len(text) == _TIME_LENGTH and text[-1] == "Z":
        at = datetime.fromisoformat(text[:-1])
        if at.isoformat(timespec="microseconds") == text[:-1]:
            return at
    raise ValueError("a time like 2026-01-31T12:00:00.000000Z is wanted")


def plain_text(text: object) -> str:
    """A text that can be written as UTF-8. Raises ValueError for anything else, as for half a character."""
    if not isinstance(text, str):
        raise ValueError("a text is wanted")
    if not text.isascii():
        text.encode()
    return str(text)


def whole_number(number: object) -> int:
    if type(number) is not int:  # True is an int, too
        raise ValueError("a whole number is wanted")
    return number


def _write_texts(texts: object) -> list[str]:
    if not isinstance(texts, tuple):
        raise ValueError("a tuple of texts is wanted")
    return [plain_text(text) for text in texts]


def _read_texts(texts: object) -> tuple[str, ...]:
    if not isinstance(texts, list):
        raise ValueError("a list of texts is wanted")
    return tuple([plain_text(text) for text in texts])


def _word(choice: type[StrEnum]) -> Callable[[object], StrEnum]:
    words = {each.value: each for each in choice}

    def read(word: object) -> StrEnum:
        known = words.get(word) if isinstance(word, str) else None
        if known is None:
            raise ValueError(f"one of {', '.join(words)} is wanted")
        return known

    return read


def _or_none(form: _Form) -> _Form:
    return _Form(
        lambda value: None if value is None else form.write(value),
        lambda told: None if told is None else form.read(told),
    )


def _form(hint: object) -> _Form:
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = (each for each in get_args(hint) if each is not type(None))
        return _or_none(_form(inner))
    if hint is str:
        return _Form(plain_text, plain_text)
    if hint is int:
        return _Form(whole_number, whole_number)
    if hint is datetime:
        return _Form(time_text, read_time)
    if hint == tuple[str, ...]:
        return _Form(_write_texts, _read_texts)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        read = _word(hint)
        return _Form(lambda value: read(value).value, read)
    raise TypeError(f"no entry holds a {hint}")


def _forms(body: type[Body]) -> tuple[tuple[str, _Form], ...]:
    hints = get_type_hints(body)
    return tuple((each.name, _form(hints[each.name])) for each in fields(body))


_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
_FORMS: dict[type[Body], tuple[tuple[str, _Form], ...]] = {body: _forms(body) for body in KINDS}
