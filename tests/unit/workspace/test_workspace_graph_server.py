"""Which server, which user, whose password: flags, then the environment, then graphrisk.toml.

And the password is shown nowhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrisk.errors import ConfigError
from graphrisk.workspace.graph_server import GraphServerFlags, find_target

SECRET = "tr0ub4dor&3"
SECTION = {"neo4j": {"uri": "bolt://toml:1", "user": "toml", "database": "toml", "password_file": "toml.txt"}}
VARIABLES = {
    "NEO4J_URI": "bolt://variable:1",
    "NEO4J_USER": "variable",
    "NEO4J_DATABASE": "variable",
    "NEO4J_PASSWORD": "of-variable",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toml.txt").write_text("of-toml\n")
    (tmp_path / "flag.txt").write_text("of-flag\n")
    (tmp_path / "named.txt").write_text("of-named-file\n")
    return tmp_path


def test_flags_come_before_the_environment_before_the_file(folder: Path) -> None:
    flags = GraphServerFlags("bolt://flag:1", "flag", "flag", folder / "flag.txt")
    told = find_target(SECTION, folder, flags, VARIABLES)
    assert (told.uri, told.user, told.database, told.password) == ("bolt://flag:1", "flag", "flag", "of-flag")
    told = find_target(SECTION, folder, None, VARIABLES)
    assert (told.uri, told.user, told.database) == ("bolt://variable:1", "variable", "variable")
    assert told.password == "of-variable"
    told = find_target(SECTION, folder, GraphServerFlags(), {})
    assert (told.uri, told.user, told.database, told.password) == ("bolt://toml:1", "toml", "toml", "of-toml")


def test_each_flag_stands_for_itself(folder: Path) -> None:
    told = find_target(SECTION, folder, GraphServerFlags(user="flag"), {"NEO4J_DATABASE": "variable"})
    assert (told.uri, told.user, told.database) == ("bolt://toml:1", "flag", "variable")


def test_without_a_word_it_is_the_server_of_this_machine(folder: Path) -> None:
    told = find_target({}, folder, None, {"NEO4J_PASSWORD": SECRET})
    assert (told.uri, told.user, told.database) == ("bolt://localhost:7687", "neo4j", "neo4j")


def test_the_name_that_other_tools_give_the_user_is_known(folder: Path) -> None:
    variables = {"NEO4J_PASSWORD": SECRET, "NEO4J_USERNAME": "other"}
    assert find_target({}, folder, None, variables).user == "other"
    assert find_target({}, folder, None, variables | {"NEO4J_USER": "own"}).user == "own"


def test_the_password_itself_comes_before_a_file_that_a_variable_names(folder: Path) -> None:
    named = {"NEO4J_PASSWORD_FILE": str(folder / "named.txt")}
    assert find_target(SECTION, folder, None, named).password == "of-named-file"
    both = named | {"NEO4J_PASSWORD": "of-variable"}
    assert find_target(SECTION, folder, None, both).password == "of-variable"


def test_an_empty_variable_counts_as_none(folder: Path) -> None:
    empty = dict.fromkeys((*VARIABLES, "NEO4J_PASSWORD_FILE"), "")
    assert find_target(SECTION, folder, None, empty) == find_target(SECTION, folder, None, {})


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"word", "word"),
        (b"word\r\nmore\n", "word"),
        (b"\xef\xbb\xbfword\n", "word"),  # a byte order mark, as some editors write it
        (b" word \n", " word "),
        ("pässwörd\U0001f511\n".encode(), "pässwörd\U0001f511"),
    ],
)
def test_the_first_line_of_the_file_is_the_password(folder: Path, content: bytes, password: str) -> None:
    (folder / "flag.txt").write_bytes(content)
    flags = GraphServerFlags(password_file=folder / "flag.txt")
    assert find_target({}, folder, flags, {}).password == password


def test_no_password_is_refused_with_where_to_put_it(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no password for Neo4j") as refusal:
        find_target({}, folder, None, {})
    for place in ("NEO4J_PASSWORD", "password_file", "--password-file"):
        assert place in refusal.value.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"", "begins with an empty line"),
        (b"\n" + SECRET.encode(), "begins with an empty line"),
        (SECRET.encode() + b"\xff", "no UTF-8 text"),
        (SECRET.encode("utf-16"), "no UTF-8 text"),
    ],
)
def test_a_password_file_that_has_none_is_named_and_not_quoted(
    folder: Path, content: bytes | None, words: str
) -> None:
    path = folder / "word.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as refusal:
        find_target({"neo4j": {"password_file": "word.txt"}}, folder, None, {})
    assert str(path) in str(refusal.value)
    assert refusal.value.remedy
    told = [str(refusal.value), repr(refusal.value), str(refusal.value.__cause__)]
    assert not [text for text in told if SECRET in text]


def test_no_text_of_a_target_shows_the_password(folder: Path) -> None:
    told = find_target({}, folder, None, {"NEO4J_PASSWORD": SECRET})
    assert told.password == SECRET
    assert SECRET not in repr(told) + str(told) + f"{told}"


def test_there_is_no_key_for_the_password(folder: Path) -> None:
    with pytest.raises(ConfigError, match="password") as refusal:
        find_target({"neo4j": {"password": SECRET}}, folder, None, VARIABLES)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    [
        f"bolt://neo4j:{SECRET}@localhost:7687",
        f"neo4j+s://neo4j:{SECRET}@graph.example.com",
        f"neo4j:{SECRET}@localhost",
        f"bolt://neo4j:{SECRET}@[::1",
    ],
)
def test_an_address_that_holds_a_password_is_refused_and_not_repeated(folder: Path, uri: str) -> None:
    for sections, flags, variables in (
        ({"neo4j": {"uri": uri}}, None, {}),
        ({}, GraphServerFlags(uri=uri), {}),
        ({}, None, {"NEO4J_URI": uri}),
    ):
        with pytest.raises(ConfigError, match="holds a user or a password") as refusal:
            find_target(sections, folder, flags, variables | {"NEO4J_PASSWORD": "x"})
        assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    [
        "localhost", "localhost:7687", "http://localhost:7474", "https://localhost:7473", "bolt://", "bolt:",
        "bolt://localhost:abc", "bolt://localhost:0", "bolt://localhost:99999", "bolt://[::1", "file:///etc/passwd",
        "bolt://local\x1b[2Jhost",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_neo4j_server_is_refused_before_it_is_tried(folder: Path, uri: str) -> None:
    with pytest.raises(ConfigError, match="no address of a Neo4j server") as refusal:
        find_target({}, folder, GraphServerFlags(uri=uri), VARIABLES)
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://localhost:7687", "neo4j://graph", "neo4j+s://graph.example.com", "bolt+ssc://127.0.0.1:7687",
        "bolt://[::1]:7687", "neo4j://graph:7687?policy=eu",
    ],
)  # fmt: skip
def test_every_scheme_of_the_driver_is_taken(folder: Path, uri: str) -> None:
    assert find_target({}, folder, GraphServerFlags(uri=uri), VARIABLES).uri == uri
