"""What a line of a file says, in every way in which it may be read."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import unquote

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BETWEEN_STRINGS = re.compile(r"[\s\d{}\[\]:,.+-]*(?:(?:true|false|null|[eE])[\s\d{}\[\]:,.+-]*)*")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[abfnrtv\\'\"/])")


class LineForm(StrEnum):
    """JSON: the strings of the line are read, its numbers are not: what names somebody is a text there."""

    TEXT = "text"
    JSON = "json"


def read_texts(line: str, form: LineForm) -> Iterator[str]:
    """The line, or each string of it, and what each is without escapes of Python, JSON, addresses of the web
    and HTML, where it has any. A line that is not whole JSON is read as text."""
    if form is LineForm.JSON:
        strings = _STRING.findall(line)
        if _BETWEEN_STRINGS.fullmatch(_STRING.sub("", line)):
            for string in strings:
                yield from _readings(_loaded(string) if "\\" in string else string[1:-1])
            return
    yield from _readings(line)


def _loaded(string: str) -> str:
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string[1:-1]


def _readings(text: str) -> Iterator[str]:
    yield text
    if "\\" in text and (plain := _ESCAPE.sub(_unescaped, text)) != text:
        yield plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "%" in text and (plain := unquote(text)) != text:
        yield plain
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group()
    if len(escape) == 2 and escape[1] in "'\"/\\":
        return escape[1]
    try:
        return escape.encode("ascii").decode("unicode_escape")
    except UnicodeDecodeError:  # above the last character of Unicode
        return " "
