"""graphrisk.toml: what it becomes, and how it says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import pytest

from graphrisk.errors import ConfigError
from graphrisk.flows.propose import Proposal, ProposedTable
from graphrisk.model.kinds import Comparison, Normaliser
from graphrisk.model.mapping import AccountMapping, Condition, TableFormat, TableMapping, UnknownAccount
from graphrisk.model.verdicts import Verdict
from graphrisk.workspace import read_config
from graphrisk.workspace.config_text import config_text
from graphrisk.workspace.frozen import frozen_from_table

GOOD = """
data = "tables"
region = "de"
[limits]
max_bad_share = 0.2
latest_at = 2030-01-01
[kinds.wallet]
normaliser = "folded"
[kinds.device]
trust_share = 0.5
[tables.t]
files = "t.csv.gz"
[[tables.t.link]]
kind = "wallet"
account = "a"
identifier = ["x", "y"]
unknown_account = "skip"
when = { k = "v" }
[tables.t.label]
account = "a"
verdict = "v"
verdicts = { 0 = "good", "is fraud" = "bad" }
[detect]
gamma = 0.05
"""
TABLE = '[tables.t]\nfiles = ["t.csv"]\n[tables.t.account]\nid = "a"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "graphrisk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_configuration_becomes_one_frozen_value(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    (table,) = config.mapping.tables
    assert config.data == tmp_path / "tables"
    assert config.mapping.region == "DE"
    assert config.mapping.limits.max_bad_share == 0.2
    assert config.mapping.limits.latest_at.isoformat() == "2030-01-01T00:00:00"
    assert table.files == ("t.csv.gz",)
    assert table.format is TableFormat.CSV
    assert table.links[0].identifier == ("x", "y")
    assert table.links[0].unknown_account is UnknownAccount.SKIP
    assert table.links[0].when == (Condition("k", "v"),)
    assert table.label is not None
    assert dict(table.label.verdicts) == {"0": Verdict.GOOD, "is fraud": Verdict.BAD}
    wallet, device = config.mapping.kinds.named("wallet"), config.mapping.kinds.named("device")
    assert wallet is not None
    assert (wallet.normaliser, wallet.label, wallet.relationship) == (
        Normaliser.FOLDED,
        "Wallet",
        "USED_WALLET",
    )
    assert device is not None
    assert (device.trust_share, device.label) == (0.5, "Device")
    assert config.sections == {"detect": {"gamma": 0.05}}


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("tables = 1", "`tables` is a table"),
        ("[tables.t", "not valid TOML"),
        ("regoin = 'DE'", "did you mean `region`"),
        (TABLE + "[limits]\nmax_bad = 1", "did you mean `max_bad_share`"),
        (TABLE + "[limits]\nmax_bad_share = 'x'", "expected a number"),
        (TABLE + "[limits]\nmin_bad_rows = true", "expected a whole number"),
        (TABLE + "[kinds.w]\nnormaliser = 'upper'", "one of exact, folded"),
        (TABLE + "[kinds.w]\ntrust_share = 0", "trust_share"),
        ("[tables.t]\nfiles = 't.csv'", "says nothing"),
        ("[tables.t]\nfiles = 't.xls'\n[tables.t.account]\nid='a'", "format cannot be told"),
        ("[tables.t]\nformat = 'csv'\n[tables.t.account]\nid='a'", "either `files` or `database`"),
        ("[tables.t]\ndatabase = 'env:X'\n[tables.t.account]\nid='a'", "belong together"),
        (TABLE + "[[tables.t.link]]\nkind='devise'\naccount='a'\nidentifier='d'", "did you mean `device`"),
        (TABLE + "[[tables.t.link]]\nkind='device'\naccount='a'", "`identifier` is required"),
        (TABLE + "measures = { x = 'b' }\ntraits = { x = 'c' }", "`x` is a measure and a trait"),
        (TABLE + "traits = { '' = 'c' }", "no name for a measure or a trait"),
        (TABLE + "measures = { x = 1 }", "expected a text"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        read_config(write(tmp_path, text))


def test_measures_and_traits_go_by_names_of_their_own(tmp_path: Path) -> None:
    text = TABLE + 'measures = { age = "years" }\ntraits = { browser = "b", "came by" = "c" }'
    (table,) = read_config(write(tmp_path, text)).mapping.tables
    assert table.account is not None
    assert table.account.measures == (("age", "years"),)
    assert table.account.traits == (("browser", "b"), ("came by", "c"))


def test_a_written_mapping_is_read_as_it_was(tmp_path: Path) -> None:
    account = AccountMapping("#row", measures=(('the "age"', "years"),), traits=(("a", "b"), ("c", "d")))
    table = TableMapping("t", TableFormat.CSV, files=("t.csv",), account=account)
    text = config_text(Proposal((ProposedTable("t", table.files, table, (), ()),)), ".")
    assert read_config(write(tmp_path, text)).mapping.tables == (table,)


def test_a_workspace_without_configuration_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="graphrisk init"):
        read_config(tmp_path / "graphrisk.toml")


class Engine(StrEnum):
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Inner:
    size: int = 3


@dataclass(frozen=True, slots=True)
class Params:
    gamma: float
    engine: Engine = Engine.FAST
    inner: Inner = field(default_factory=Inner)
    names: tuple[str, ...] = ()
    since: datetime | None = None

    def __post_init__(self) -> None:
        if self.gamma <= 0:
            raise ValueError("gamma lies above 0")


def test_any_frozen_dataclass_is_filled_from_its_section() -> None:
    made = frozen_from_table(Params, {"gamma": 1, "inner": {"size": 5}, "names": "a"}, "[detect]")
    assert made == Params(1.0, inner=Inner(5), names=("a",))


def test_a_value_that_the_dataclass_refuses_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"\[detect\]: gamma lies above 0"):
        frozen_from_table(Params, {"gamma": 0.0}, "[detect]")


def test_a_kind_says_how_its_values_are_compared(tmp_path: Path) -> None:
    text = '[kinds.birth]\ncomparison = "date"\nsingle_valued = true\n[kinds.address]\ntrust_share = 0.5\n'
    kinds = read_config(write(tmp_path, text + TABLE)).mapping.kinds
    birth, address, device = (kinds.named(name) for name in ("birth", "address", "device"))
    assert birth is not None
    assert address is not None
    assert device is not None
    assert (birth.comparison, birth.single_valued) == (Comparison.DATE, True)
    assert (address.comparison, address.single_valued) == (Comparison.ADDRESS, False)
    assert device.comparison is Comparison.EXACT


def test_a_kind_may_be_declared_to_be_of_one_cause_with_another(tmp_path: Path) -> None:
    text = '[kinds.advertising]\none_cause_with = "device"\n'
    kinds = read_config(write(tmp_path, text + TABLE)).mapping.kinds
    assert [kind.one_cause_with for kind in kinds.kinds if kind.one_cause_with] == ["device"]


@pytest.mark.parametrize("other", ["devise", "advertising"])
def test_one_cause_with_no_other_kind_is_refused(tmp_path: Path, other: str) -> None:
    text = f'[kinds.advertising]\none_cause_with = "{other}"\n'
    with pytest.raises(ConfigError, match=r"one_cause_with: unknown kind") as caught:
        read_config(write(tmp_path, text + TABLE))
    assert caught.value.value == other


def test_an_unknown_comparison_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown word") as caught:
        read_config(write(tmp_path, '[kinds.birth]\ncomparison = "dates"\n' + TABLE))
    assert "date" in str(caught.value.remedy)
