"""SQL text from names and values that somebody else chose."""

from __future__ import annotations


def sql_name(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """`value` as a string literal. DuckDB knows no backslash escapes in plain literals, so doubling the
    quote is all."""
    return "'" + value.replace("'", "''") + "'"
