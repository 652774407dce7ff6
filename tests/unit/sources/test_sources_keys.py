"""From texts to keys: what is known by hand, and that a key is its own key."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.model.kinds import Normaliser
from graphrisk.sources.keys import key_rule


def keys(normaliser: Normaliser, texts: list[str], region: str = "US") -> list[str | None]:
    """What the store does with a rule, in one statement."""
    rule = key_rule(normaliser, region)
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"n": range(len(texts)), "text": pa.array(texts, pa.string())}))
        key = rule.key or "NULL::VARCHAR"
        chosen = f"CASE WHEN {rule.canonical} THEN text ELSE {key} END"
        query = f"SELECT {chosen}, {rule.canonical} FROM given ORDER BY n"
        found = connection.execute(query).fetchall()
    if rule.rewrite is None:
        return [key for key, _ in found]
    written = rule.rewrite(pa.array(texts, pa.string())).to_pylist()
    return [key if canonical else other for (key, canonical), other in zip(found, written, strict=True)]


KNOWN = [
    (Normaliser.EXACT, "aB", "aB"),
    (Normaliser.FOLDED, "0xAB", "0xab"),
    (Normaliser.EMAIL, "A.B+shop@GoogleMail.com", "ab@gmail.com"),
    (Normaliser.EMAIL, "a.b+shop@example.org", "a.b@example.org"),
    (Normaliser.EMAIL, "a@notgooglemail.com", "a@notgooglemail.com"),
    (Normaliser.EMAIL, "+@x.de", None),
    (Normaliser.EMAIL, "a@b@c.de", None),
    (Normaliser.EMAIL, "a b@c.de", None),
    (Normaliser.PHONE, "(415) 555-2671", "+14155552671"),
    (Normaliser.PHONE, "0044 20 7946 0018", "+442079460018"),
    (Normaliser.PHONE, "+49 30 123456", "+4930123456"),
    (Normaliser.PHONE, "+49 (0)30 123456", "+4930123456"),
    (Normaliser.PHONE, "12", None),
    (Normaliser.PHONE, "call me", None),
    (Normaliser.IP, "10.0.0.1", "10.0.0.1"),
    (Normaliser.IP, "::ffff:10.0.0.1", "10.0.0.1"),
    (Normaliser.IP, "2001:DB8:0:1:aaaa::5", "2001:db8:0:1::/64"),
    (Normaliser.IP, "fe80::1%eth0", "fe80::/64"),
    (Normaliser.IP, "10.0.0.256", None),
    (Normaliser.IP, "010.0.0.1", None),
    (Normaliser.ADDRESS, "12 Main Street, Apt. 4, Springfield, 12345", "12 12345 4 apt main springfield st"),
    (Normaliser.ADDRESS, "springfield 12345; MAIN ST 12 #4", "12 12345 4 apt main springfield st"),
    (Normaliser.ADDRESS, "Königstraße 5\n70173 Stuttgart", "5 70173 konigstraße stuttgart"),
    (Normaliser.ADDRESS, " - ", None),
]  # fmt: skip


@pytest.mark.parametrize(("normaliser", "text", "key"), KNOWN)
def test_known_texts_have_known_keys(normaliser: Normaliser, text: str, key: str | None) -> None:
    assert keys(normaliser, [text]) == [key]


def test_a_number_without_country_code_is_read_in_the_region() -> None:
    assert keys(Normaliser.PHONE, ["030 123456"], "DE") == ["+4930123456"]
    assert keys(Normaliser.PHONE, ["020 7946 0018"], "GB") == ["+442079460018"]


plausible = st.text(st.sampled_from("aAéß19.+-@#: /\n%ıİǅ０"), min_size=1, max_size=20) | st.emails()
plausible |= st.ip_addresses().map(str) | st.text(min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(Normaliser), st.lists(plausible, min_size=1, max_size=40))
def test_a_key_is_its_own_key(normaliser: Normaliser, texts: list[str]) -> None:
    once = [key for key in keys(normaliser, texts) if key is not None]
    assert keys(normaliser, once) == once
