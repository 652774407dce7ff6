"""[graph] in graphrisk.toml: what is written can be read, and what cannot be is refused where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphrisk.errors import ConfigError
from graphrisk.flows.pull import pulled_tables
from graphrisk.model.graph_mapping import GraphMapping, own_mapping
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.workspace.config import read_config
from graphrisk.workspace.graph_mapping import own_graph_text, read_graph_mapping

ROOT = Path(__file__).parents[3]
USERS = '[[graph.account]]\nlabel = "User"\nid = "id"\n'


def read(folder: Path, text: str) -> GraphMapping:
    path = folder / "graphrisk.toml"
    path.write_text(text, encoding="utf-8")
    return read_graph_mapping(read_config(path))


def test_the_mapping_that_is_written_for_our_own_labels_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, own_graph_text(BUILT_IN_KINDS)) == own_mapping(BUILT_IN_KINDS)


@pytest.mark.parametrize("path", sorted((ROOT / "mappings").glob("*_in_neo4j.toml")), ids=lambda p: p.name)
def test_a_mapping_that_is_shipped_can_be_read(path: Path) -> None:
    assert read_graph_mapping(read_config(path)).accounts


def test_the_mapping_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "neo4j-pull.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    mapping = read(tmp_path, block)
    assert (len(mapping.accounts), len(mapping.links), len(mapping.payments), len(mapping.verdicts)) == (
        1, 3, 2, 2,
    )  # fmt: skip
    assert mapping.score_prefix == "graphrisk_"


def test_every_part_is_a_table_of_its_own_file(tmp_path: Path) -> None:
    tables = pulled_tables(own_mapping(BUILT_IN_KINDS))
    files = [name for table in tables for name in table.files]
    assert len(set(files)) == len(files) == len(BUILT_IN_KINDS.kinds) + 3
    assert len({table.name for table in tables}) == len(tables)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in files)


def test_a_file_is_named_plainly_whatever_a_label_is_called(tmp_path: Path) -> None:
    hostile = '[[graph.account]]\nlabel = "../../x`; rm -rf /"\nid = "id"\n'
    (table,) = pulled_tables(read(tmp_path, hostile))
    assert table.files == ("00-.._.._x_rm_-rf_.parquet",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"does not say what the graph means"),
        ("[graph]\ntimezone = 'UTC'\n", r"`accounts` is required|no node is an account"),
        (USERS + "[graph]\nacount = 1\n".replace("[graph]\n", ""), r"acount"),
        ("[graph]\nprefix = 'x'\n" + USERS, r"unknown key .saw 'prefix'"),
        (USERS + USERS, r"'User' is mapped twice"),
        ('[[graph.account]]\nlabel = "a\\\\b"\nid = "id"\n', r"no label and no relationship type"),
        ('[[graph.account]]\nlabel = ""\nid = "id"\n', r"no label and no relationship type"),
        (USERS + '[[graph.link]]\nkind = "card"\naccount = "User"\nidentifier = "x"\n', r"unknown kind"),
        (USERS + '[[graph.link]]\nkind = "ip"\naccount = "Usr"\nidentifier = "x"\n', r"label of no"),
        (
            USERS + '[[graph.link]]\nkind = "ip"\naccount = "User"\nidentifier = "x"\ntypes = ["A"]\n',
            r"belong together",
        ),
        (
            USERS
            + '[[graph.link]]\nkind = "ip"\naccount = "User"\nidentifier = "x"\nlabel = "Ip"\n'
            + 'types = ["A", "B", "C"]\n',
            r"at most two",
        ),
        (
            USERS + '[[graph.link]]\nkind = "ip"\naccount = "User"\nidentifier = "x"\nseen_at = "at"\n',
            r"no time",
        ),
        (USERS + '[[graph.verdict]]\naccount = "User"\n', r"either by a property"),
        (USERS + '[[graph.verdict]]\naccount = "User"\nhas_label = "Bad"\n', r"belong together"),
        (USERS + '[[graph.payment]]\npayer = "User"\ntypes = "PAID"\n', r"needs `payee`"),
        (
            USERS + '[[graph.payment]]\npayer = "User"\ntypes = "MADE"\nnode = "P"\npayee = "S"\n'
            'payee_id = "id"\n',
            r"needs 2 here, has 1",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        read(tmp_path, text)
    assert "graphrisk.toml" in str(refused.value)
