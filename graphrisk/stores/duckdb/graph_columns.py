"""The columns that every node and relationship of the graph has, in SQL: id, caption, digest."""

from __future__ import annotations

from graphrisk.model.graph_schema import LINK_DIGEST_BITS, LONGEST_ID, NODE_DIGEST_BITS

ENDS = "start_label, start_id, end_label, end_id"
_CAPTION_LENGTH = 40
# Controls, and marks that turn the direction of text: a caption is drawn among others.
_UNFIT = r"[\x00-\x1f\x7f-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"


def id_of(text: str) -> str:
    """graph_schema.node_id in SQL."""
    # strlen is bytes: cheap, and no text of fewer has as many characters
    return f"""CASE WHEN strlen({text}) < 274 OR (length({text}) <= {LONGEST_ID}
        AND NOT regexp_full_match({text}, '(?s).{{200}}\\.\\.\\.sha256:[0-9a-f]{{64}}'))
        THEN {text} ELSE substr({text}, 1, 200) || '...sha256:' || sha256({text}) END"""


def long_of(text: str) -> str:
    return f"CASE WHEN strlen({text}) >= 274 AND {id_of(text)} <> {text} THEN {text} END"


def caption_of(text: str) -> str:
    head = f"substr({text}, 1, {_CAPTION_LENGTH})"
    cut = f"CASE WHEN length({text}) > {_CAPTION_LENGTH} THEN {head} || '…' ELSE {text} END"
    return f"regexp_replace({cut}, '{_UNFIT}', '\u00b7', 'g')"


def digest_of(columns: tuple[str, ...], bits: int = NODE_DIGEST_BITS) -> str:
    """Of MD5, the same on every machine and with every version. Each text after its length, so that no text
    can look like two."""
    texts = (f"CAST({column} AS VARCHAR)" for column in columns)
    told = " || ".join(f"coalesce(strlen({text}) || ':' || {text}, '-')" for text in texts)
    return f"CAST(md5_number_lower({told}) >> {64 - bits} AS BIGINT)"


def with_digest(
    query: str, keys: str, columns: tuple[str, ...], *, digested: tuple[str, ...] | None = None
) -> str:
    """digested: what the digest is of, where that is not the columns alone."""
    bits = LINK_DIGEST_BITS if keys.startswith(ENDS) else NODE_DIGEST_BITS
    digest = digest_of(digested or columns, bits)
    return f"SELECT {keys}, {', '.join(columns)}, {digest} AS content_digest FROM ({query})"


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
