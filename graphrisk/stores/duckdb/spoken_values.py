"""Which of a workspace's values may stand in a text."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from graphrisk.enforce.scan import HEAD_WORDS, KnownValue, Match
from graphrisk.model.kinds import Comparison, KindSet, Normaliser

# Cut nearly as enforce.scan cuts it; both sides of every comparison here are cut by this
_LETTERS = r"[\p{L}\p{N}]+"


def _words(column: str) -> str:
    return f"regexp_extract_all(lower({column}), '{_LETTERS}')"


_VALUES = """
    SELECT 'account' AS kind, account_id AS value FROM account_key
    UNION ALL SELECT 'name', display_name FROM account WHERE display_name IS NOT NULL
    UNION ALL SELECT kind, identifier FROM identifier_key
    UNION ALL SELECT i.kind, l.raw FROM link l JOIN identifier_key i USING (identifier_key)
        WHERE l.raw IS NOT NULL
    UNION ALL SELECT kind, identifier FROM identifier_risk
    UNION ALL SELECT kind, identifier FROM evidence"""
_FEW_WORDS = 300  # of texts that people type; a pattern of so many takes a third of the time of a join
# A value is in a text only where its first word is, and its first words in a row
_TEXT_WORDS = f"SELECT {_words('said')} AS words FROM (SELECT DISTINCT unnest($texts) AS said)"
_FIRST_WORDS = f"SELECT DISTINCT unnest(words) AS word FROM ({_TEXT_WORDS})"
_BY_JOIN = f"lower(regexp_extract(value, '{_LETTERS}')) IN (SELECT word FROM ({_FIRST_WORDS}))"
_BY_PATTERN = "regexp_matches(lower(value), $first)"
_SPOKEN = f"""
    WITH head AS MATERIALIZED (
        SELECT DISTINCT array_to_string(words[place:place + count - 1], ' ') AS head
        FROM (SELECT words, unnest(range(1, len(words) + 1)) AS place FROM ({_TEXT_WORDS})),
             range(1, {HEAD_WORDS + 1}) counts(count)),
    near AS (SELECT DISTINCT kind, value FROM ({_VALUES}) WHERE {{near}})
    SELECT kind, value FROM near
    WHERE array_to_string({_words("value")}[1:{HEAD_WORDS}], ' ') IN (SELECT head FROM head)
    ORDER BY kind, value"""


class SpokenValues:
    """Fits flows.enforcement.refuse.KnownValues."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, kinds: KindSet) -> None:
        self._connection = connection
        self._kinds = kinds

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:
        """Dates are left out: every line has one."""
        rows = self._find_near(list(texts))
        matches = {kind: self._match(kind) for kind in {row[0] for row in rows}}
        return [
            KnownValue(kind, value, match) for kind, value in rows if (match := matches[kind]) is not None
        ]

    def _find_near(self, texts: list[str]) -> list[tuple[str, str]]:
        words = [str(word) for (word,) in self._connection.execute(_FIRST_WORDS, {"texts": texts}).fetchall()]
        if not words:
            return []
        query = _SPOKEN.replace("{near}", _BY_JOIN)
        told: dict[str, str | list[str]] = {"texts": texts}
        if len(words) <= _FEW_WORDS:
            query = _SPOKEN.replace("{near}", _BY_PATTERN)
            told["first"] = rf"^[^\pL\pN]*(?:{'|'.join(words)})(?:[^\pL\pN]|$)"
        found: list[tuple[str, str]] = self._connection.execute(query, told).fetchall()
        return found

    def _match(self, name: str) -> Match | None:
        if name in ("account", "name"):
            return Match.FOLDED if name == "account" else Match.NAME
        kind = self._kinds.named(name)
        if kind is None:  # a family: a door, a network
            return Match.WORDS
        if kind.comparison is Comparison.DATE:
            return None
        if kind.comparison is Comparison.NAME:
            return Match.NAME
        if kind.normaliser is Normaliser.EXACT:
            return Match.EXACT
        return Match.WORDS if kind.normaliser is Normaliser.ADDRESS else Match.FOLDED
