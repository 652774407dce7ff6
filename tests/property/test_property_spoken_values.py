"""Whatever anybody calls himself, a text that says it is found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphrisk.enforce.scan import KnownIndex, KnownValue, find_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.schema import create_schema
from graphrisk.stores.duckdb.spoken_values import SpokenValues

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
AROUND = st.sampled_from([("", ""), ("by ", " again"), ("(", ")"), ("acct=", ";"), ("\u202e", "\u2066")])


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_schema(connection)
        yield connection


@settings(max_examples=40)
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True), AROUND)
@example(["İstanbul-77"], ("by ", " again"))
@example(["ΣΑΣ-Σ1", "straße 9", "ǅ-42x9", "ﬁle-0099"], ("(", ")"))
@example(["½-1234", "a\u0301b-77", "٣٤٥-abcd", "一二三四五", "𝔘𝔫𝔦-𝔠𝔬𝔡𝔢", "º1234", "x²y³z"], ("", ""))
def test_a_text_that_says_an_account_is_found_whatever_it_is_called(
    database: duckdb.DuckDBPyConnection, names: list[str], around: tuple[str, str]
) -> None:
    database.execute("DELETE FROM account_key")
    database.executemany("INSERT INTO account_key VALUES (?, ?)", list(enumerate(names)))
    store = SpokenValues(database, BUILT_IN_KINDS)
    for name in names:
        text = f"{around[0]}{name}{around[1]}"
        if not is_known(text, [KnownValue("account", name)]):
            continue  # it tells nothing of anybody
        assert is_known(text, store.find_known([text])), name
        many = [text, *(f"w{n} x{n}y" for n in range(200))]  # so many words that they are joined
        assert is_known(text, store.find_known(many)), name


def is_known(text: str, values: Sequence[KnownValue]) -> bool:
    return any(find.known for find in find_identifiers(text, KnownIndex.of(values), "US"))
