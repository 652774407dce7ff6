"""Addresses of many manners of writing, read into the parts that a person would name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graphrisk.graph.address_parts import read_parts
from graphrisk.graph.words import fold_word, split_words

PART_NAMES = ("code", "house", "street", "rest", "door")


def parts(text: str) -> tuple[str, ...]:
    found = read_parts(pa.array([text], pa.string()))
    return tuple(getattr(found, name)[0].as_py() for name in PART_NAMES)


@pytest.mark.parametrize(
    ("text", "code", "house", "street", "rest", "door"),
    [
        ("12 Oak Street Apt 4, Austin, 78701", "78701", "12", "oak street", "austin", "4"),
        ("Apt 4, 12 Oak Street, Austin, 78701", "78701", "12", "oak street", "austin", "4"),
        ("12 Oak Street, Apt #4, Austin TX 78701-1234", "78701", "12", "oak street", "austin tx", "4"),
        ("78701, Austin, Oak Street 12, # 4", "78701", "12", "oak street", "austin", "4"),
        ("Flat 4B, 12 Mill Lane, Leeds, LS1 4AB", "ls14ab", "12", "mill lane", "leeds", "4 b"),
        ("4/12 Oak St, Sydney NSW 2000", "2000", "12", "oak st", "sydney nsw", "4"),
        ("4c/12 Oak St, Sydney NSW 2000", "2000", "12", "oak st", "sydney nsw", "4 c"),
        ("1010 Wien, Stephansplatz 1/5", "1010", "1", "stephansplatz", "wien", "5"),
        ("Schillerstraße 12a, 12345 Berlin", "12345", "12", "schillerstrasse", "berlin", "a"),
        ("ul. Polna 51 m. 3, Gdynia, 89-670", "89670", "51", "ul polna", "gdynia", "3"),
        ("Ерmου 12, Αθήνα, 113 47".replace("Ер", "Ερ"), "11347", "12", "epmou", "αθηνα", ""),
        ("桜町 12 3号室, 札幌市, 123-4567", "1234567", "12", "桜町", "札幌市", "3"),
        ("〒123-4567 東京都1丁目2番3号", "1234567", "1 2 3", "東京都", "", ""),
        ("1-2-3 Sakura, Kobe, 650-0001", "6500001", "1 2 3", "sakura", "kobe", ""),
        ("Rua Bahia 7, Santos, 01310-092", "01310", "7", "rua bahia", "santos", ""),
        ("1600 Pennsylvania Ave, Washington", "", "1600", "pennsylvania ave", "washington", ""),
        ("12345 Oak St, Austin, 78701", "78701", "12345", "oak st", "austin", ""),
        ("Canal Gate 190, Unit 15, Leeds", "", "190", "canal gate", "leeds", "15"),
        ("12 E Main St, Reno, 89501", "89501", "12", "e main st", "reno", ""),
        ("1 Main St, Ottawa, K1A 0B1", "k1a0b1", "1", "main st", "ottawa", ""),
        ("Rose Cottage, Church Lane, NR21 0HG", "nr210hg", "", "rose cottage", "church lane", ""),
        ("007 Low Road, 00184 Roma", "00184", "7", "low road", "roma", ""),
        ("", "", "", "", "", ""),
        (" , ;\n", "", "", "", "", ""),
        ("\x00\x01", "", "", "", "", ""),
    ],
)
def test_an_address_is_read_as_a_person_would_read_it(
    text: str, code: str, house: str, street: str, rest: str, door: str
) -> None:
    assert parts(text) == (code, house, street, rest, door)


@pytest.mark.parametrize(
    "other",
    [
        "12 OAK STREET APT 4, AUSTIN, 78701",
        "12  Oak Street - Apt 4; Austin\n78701",
        "１２ Oak Street Apt ４, Austin, ７８７０１",  # full width
        "12 Oаk Strееt Apt 4, Austin, 78701",  # a Cyrillic a, two Cyrillic e
        "No. 12 Óak Street Apt 4, Austin, 78701",
    ],
)
def test_writing_of_the_same_letters_changes_no_part(other: str) -> None:
    assert parts(other) == parts("12 Oak Street Apt 4, Austin, 78701")


def test_what_stands_behind_the_four_hundredth_letter_is_not_read() -> None:
    assert parts("12 Oak Street, Austin" + " x" * 10**6) == parts("12 Oak Street, Austin" + " x" * 200)


def test_texts_are_read_each_by_itself() -> None:
    texts = ["12 Oak St", "", "Flat 4", "4/12 Low Rd, 2000", "-", "12", "x, 78701"]
    together = read_parts(pa.array(texts, pa.string()))
    for name in PART_NAMES:
        assert getattr(together, name).to_pylist() == [parts(text)[PART_NAMES.index(name)] for text in texts]


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ("Apt4", ("apt", "4")), ("5th", ("5th",)), ("B12c", ("b", "12", "c")), ("STRAẞE", ("strasse",)),
        ("Łódź", ("lodz",)), ("٤٢", ("42",)), ("Оak", ("oak",)), ("черт", ("черт",)), ("", ()),
    ],
)  # fmt: skip
def test_a_piece_is_folded_and_cut_between_letters_and_digits(piece: str, words: tuple[str, ...]) -> None:
    assert fold_word(piece) == words


def test_no_text_has_no_words() -> None:
    table = split_words(pa.array([], pa.string()))
    assert (table.text_count, table.vocabulary, len(table.word), len(table.text)) == (0, (), 0, 0)
