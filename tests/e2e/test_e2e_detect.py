"""`detect` through a real workspace: the world on paper, what as-of hides, and worlds on the edge."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from small_shop import MAP_ACCOUNTS, MAP_DEVICES, MAP_LABELS, MAP_PAYMENTS
from tables_on_disk import make_workspace

from graphrisk.errors import InputError
from graphrisk.stores.duckdb.schema import RESULT_TABLES
from graphrisk.workspace import Workspace
from graphrisk.workspace.init import propose_config
from graphrisk.workspace.run import Run

WORKED = Path(__file__).parents[2] / "fixtures" / "worked"
MARCH = datetime(2024, 3, 25)  # noqa: DTZ001 - naive UTC; before bob was reported, after gus was cleared
Edit = Callable[[Path], None]


def leave_as_is(tables: Path) -> None:
    """No edit."""


def append(name: str, *rows: str) -> Edit:
    def edit(tables: Path) -> None:
        with (tables / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.writelines(row + "\n" for row in rows)

    return edit


def worked_shop(folder: Path, edit: Edit = leave_as_is) -> Workspace:
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for path in WORKED.glob("*.csv"):
        shutil.copy(path, tables)
    edit(tables)
    propose_config(tables, folder)
    shop = Workspace.open(folder)
    shop.load()
    return shop


def detect_worked(folder: Path, edit: Edit = leave_as_is, as_of: datetime | None = MARCH) -> Run:
    return worked_shop(folder, edit).detect(as_of=as_of, workers=1)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Everything known."""
    return detect_worked(tmp_path_factory.mktemp("worked"), as_of=None)


@pytest.fixture(scope="module")
def in_march(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return detect_worked(tmp_path_factory.mktemp("march"))


def results(run: Run) -> dict[str, pa.Table]:
    return {name: run.arrow(name) for name, _ in RESULT_TABLES}


def expected(name: str) -> list[dict[str, str]]:
    with (WORKED / "expected" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(table: pa.Table, *names: str) -> list[tuple[object, ...]]:
    return sorted(zip(*(table[name].to_pylist() for name in names), strict=True), key=repr)


def risks(run: Run) -> dict[str, float]:
    return dict(column(run.arrow("account_risk"), "account_id", "risk"))  # type: ignore[arg-type]


def test_the_ring_on_paper_and_no_other_is_found(worked: Run) -> None:
    members = worked.arrow("ring_member")
    assert {account for (account,) in column(members, "account_id")} == {
        row["account_id"] for row in expected("rings")
    }
    (ring,) = worked.arrow("ring").to_pylist()
    assert (ring["size"], ring["core_count"], ring["labelled_bad_count"], ring["currency"]) == (
        4,
        4,
        1,
        "GBP",
    )
    assert ring["amount_minor"] == 12000 + 9550 + 21000
    assert dict(worked.record.counts)["pairs"] == len(expected("pairs"))
    assert dict(worked.record.counts)["communities"] == 2  # the couple is one, and no ring


def test_each_member_is_explained_as_on_paper(worked: Run) -> None:
    probability = {
        frozenset((row["account_a"], row["account_b"])): float(row["pair_probability"])
        for row in expected("pairs")
    }
    evidence = worked.arrow("evidence").to_pylist()
    for row in evidence:
        pair = frozenset((row["account_id"], row["via_account_id"]))
        assert row["pair_probability"] == pytest.approx(probability[pair], abs=1e-6)
    hops = {(r["account_id"], r["via_account_id"], r["identifier"], round(r["bits"], 6)) for r in evidence}
    phone, card = ("phone-farm", 2.459432), ("card-1", 2.307429)
    assert hops == {
        ("ann", "bob", *phone), ("dan", "bob", *card), ("bob", "cyd", *phone), ("bob", "cyd", *card),
        ("cyd", "bob", *phone), ("cyd", "bob", *card),
    }  # fmt: skip
    weakest = dict(column(worked.arrow("ring_member"), "account_id", "bits"))
    assert weakest == pytest.approx(
        {"ann": 2.459432, "bob": 4.766860, "cyd": 4.766860, "dan": 2.307429}, abs=1e-6
    )
    reasons = dict(column(worked.arrow("ring_member"), "account_id", "reasons"))
    assert reasons["ann"] == "same device (3 accounts ever, 2.5 bits) as bob"


def test_risks_are_ordered_as_common_sense_says(worked: Run) -> None:
    risk = risks(worked)
    assert set(risk) == {"ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim", "lee"}
    ring, strangers = {"ann", "bob", "cyd", "dan"}, {"hal", "ivy", "jon", "kim", "lee"}
    # bob is known to be bad, but nobody's own label is part of their risk
    others = ring - {"bob"}
    assert min(risk[name] for name in others) > max(risk[name] for name in risk.keys() - others)
    assert risk["bob"] > max(risk[name] for name in strangers)
    assert min(risk, key=risk.__getitem__) == "gus"
    assert len({risk[name] for name in strangers}) == 1
    assert all(0 < value < 1 for value in risk.values())


def test_every_score_is_the_sum_of_its_signals(worked: Run) -> None:
    from scipy.special import logit  # noqa: PLC0415

    from graphrisk.risk.signals import BASE_POINTS, SIGNALS  # noqa: PLC0415

    (ring,) = worked.arrow("ring").to_pylist()
    signals = worked.arrow("ring_signal").to_pylist()
    assert {row["signal"] for row in signals} == {signal.name for signal in SIGNALS}
    assert logit(ring["score"]) == pytest.approx(sum(row["points"] for row in signals) - BASE_POINTS)


LATER = (
    append("labels", "ann,fraud,2024-03-25T00:00:01Z", "gus,fraud,2024-03-26T00:00:00Z"),
    append("sessions", "eve,phone-farm,81.2.69.160,2024-03-25T00:00:01Z"),
    append("instruments", "hal,card-1,card,2024-04-01T00:00:00Z"),
    append("addresses", 'ivy,book-9,"4 Mill Lane, Flat 2",Leeds,LS1 4AB,2024-03-26T00:00:00Z'),
    append("payments", "p-9,ann,hal,,,,,999.00,GBP,chargeback,x,2024-03-26T00:00:00Z"),
    append("accounts", "zoe,buyer,2024-03-26T00:00:00Z,GB,zoe@post.example,+447712345699,Zoe"),
)


def test_what_came_after_as_of_changes_no_bit(in_march: Run, tmp_path: Path) -> None:
    def plant(tables: Path) -> None:
        for edit in LATER:
            edit(tables)

    shop = worked_shop(tmp_path, plant)
    planted = shop.detect(as_of=MARCH, workers=1)
    assert results(planted) == results(in_march)
    assert planted.record.input_digest == in_march.record.input_digest
    assert planted.run_id == in_march.run_id
    told = results(shop.detect(workers=1))  # with all of it known, every table is another
    told.pop("identifier_risk")  # where company judges, nothing is said of identifiers
    told.pop("ring_tie")  # there is one ring alone
    for name in ("judgement_held", "judged_label"):  # nobody judged anything
        told.pop(name)
    told.pop("ring_move")  # and nobody is in another
    assert [name for name in told if told[name] == results(in_march)[name]] == []


def test_the_same_rows_before_as_of_are_used(in_march: Run, tmp_path: Path) -> None:
    edit = append("labels", "ann,fraud,2024-03-24T00:00:00Z")
    assert risks(detect_worked(tmp_path / "label", edit))["bob"] > risks(in_march)["bob"]
    edit = append("sessions", "eve,phone-farm,,2024-03-24T00:00:00Z")
    ring = detect_worked(tmp_path / "link", edit).arrow("ring_member")["account_id"].to_pylist()
    assert "eve" in ring


def test_who_signs_up_after_as_of_is_neither_listed_nor_counted(in_march: Run, tmp_path: Path) -> None:
    # the link has no time, and so would count at any as-of, were its account not from later
    def edit(tables: Path) -> None:
        append("accounts", "zoe,buyer,2024-03-26T00:00:00Z,GB,,,Zoe")(tables)
        append("instruments", "zoe,card-1,card,")(tables)

    planted = detect_worked(tmp_path, edit)
    assert "zoe" not in risks(planted)
    assert results(planted) == results(in_march)


def test_bob_is_not_known_as_bad_before_he_was_reported(in_march: Run, worked: Run) -> None:
    assert in_march.arrow("ring")["labelled_bad_count"].to_pylist() == [0]
    assert risks(in_march)["ann"] < risks(worked)["ann"]


def test_the_same_workspace_again_gives_the_same_run(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    first = shop.detect(workers=1)
    once = results(first)
    again = shop.detect(workers=2)
    assert again.run_id == first.run_id
    assert results(again) == once
    assert len(shop.runs()) == 1


def test_rows_in_another_order_and_other_files_give_the_same_run(worked: Run, tmp_path: Path) -> None:
    def scatter(tables: Path) -> None:
        for path in list(tables.iterdir()):
            header, *rows = path.read_text(encoding="utf-8").splitlines()
            rows = rows[::-1]
            middle = len(rows) // 2
            path.unlink()
            for part, chosen in enumerate((rows[:middle], rows[middle:])):
                text = "\n".join((header, *chosen)) + "\n"
                (tables / f"{path.stem}-{part}.csv").write_text(text, encoding="utf-8")

    scattered = detect_worked(tmp_path, scatter, as_of=None)
    assert scattered.record.input_digest == worked.record.input_digest
    assert scattered.run_id == worked.run_id
    assert results(scattered) == results(worked)


def test_another_parameter_is_another_run(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    first = shop.detect(workers=1)
    config = tmp_path / "graphrisk.toml"
    config.write_text(
        config.read_text(encoding="utf-8") + "\n[detect]\nmin_ring_size = 5\n", encoding="utf-8"
    )
    second = Workspace.open(tmp_path).detect(workers=1)
    assert second.run_id != first.run_id
    assert second.arrow("ring").num_rows == 0
    assert first.arrow("ring").num_rows == 1


# ---- worlds on the edge ------------------------------------------------------------------------------------


def detect_tiny(
    folder: Path,
    accounts: Sequence[str],
    sessions: Sequence[str] = (),
    payments: Sequence[str] = (),
    labels: Sequence[str] = (),
) -> Run:
    """sessions: `account,device,time`. payments: `id,payer,payee,amount`. labels: `account,verdict`."""
    files = {
        "accounts.csv": ("id,created_at", *(f"{account}," for account in accounts)),
        "seen.csv": ("id,device,at", *sessions),
        "payments.csv": ("id,payer,payee,amount,currency,status,paid_at", *(f"{row},,," for row in payments)),
        "labels.csv": ("id,label,at", *(f"{label}," for label in labels)),
    }
    toml = MAP_ACCOUNTS + MAP_DEVICES + MAP_PAYMENTS + MAP_LABELS
    shop = make_workspace(folder, toml, {name: "\n".join(rows) + "\n" for name, rows in files.items()})
    shop.load()
    run = shop.detect(workers=1)
    assert sorted(risks(run)) == sorted(accounts)
    assert all(0 < risk < 1 for risk in risks(run).values())
    return run


LETTERS = "abcdefghij"


def test_one_account_is_listed_and_in_no_ring(tmp_path: Path) -> None:
    run = detect_tiny(tmp_path, ["a"], ["a,d,2024-01-01"], labels=["a,bad"])
    assert run.arrow("ring").num_rows == 0


def test_two_accounts_are_no_ring(tmp_path: Path) -> None:
    run = detect_tiny(tmp_path, ["a", "b"], ["a,d,2024-01-01", "b,d,2024-01-01"], labels=["a,bad"])
    assert run.arrow("ring").num_rows == 0
    assert risks(run)["a"] >= risks(run)["b"]


def test_without_links_everybody_is_equal(tmp_path: Path) -> None:
    run = detect_tiny(tmp_path, list(LETTERS))
    assert len(set(risks(run).values())) == 1


def test_without_labels_rings_are_found_all_the_same(tmp_path: Path) -> None:
    sessions = [f"{letter},d{device},2024-01-01" for letter in "abcd" for device in range(6)]
    run = detect_tiny(tmp_path, list(LETTERS), sessions)
    assert run.arrow("ring_member")["account_id"].to_pylist() == list("abcd")
    assert set(run.arrow("account_risk")["propagated"].to_pylist()) == {0.0}


def test_what_everybody_shares_makes_no_ring(tmp_path: Path) -> None:
    run = detect_tiny(tmp_path, list(LETTERS), [f"{letter},d,2024-01-01" for letter in LETTERS])
    assert run.arrow("ring").num_rows == 0
    assert dict(run.record.counts)["pairs"] == 0


def test_an_account_linked_to_itself_shares_nothing_with_itself(tmp_path: Path) -> None:
    run = detect_tiny(
        tmp_path, list(LETTERS), ["a,d,2024-01-01", "a,d,2024-01-02", "a,d,2024-01-01", "a,e,"],
        payments=["1,a,a,5.00", "2,a,a,7.00"],
    )  # fmt: skip
    counts = dict(run.record.counts)
    assert (counts["shared_identifiers"], counts["pairs"], counts["communities"]) == (0, 0, 0)


def test_labels_that_contradict_each_other_seed_nothing(tmp_path: Path) -> None:
    sessions = [f"{letter},d,2024-01-01" for letter in "abc"]
    run = detect_tiny(tmp_path, list(LETTERS), sessions, labels=["a,bad", "a,good"])
    counts = dict(run.record.counts)
    assert (counts["labelled_bad"], counts["labelled_good"]) == (0, 0)
    outvoted = detect_tiny(
        tmp_path / "2", list(LETTERS), sessions, labels=["a,bad", "a,good", "a,fraud", "b,unknown"]
    )
    assert dict(outvoted.record.counts)["labelled_bad"] == 1


def test_links_without_a_time_are_known_at_every_as_of(tmp_path: Path) -> None:
    sessions = [f"{letter},d{device}," for letter in "abcd" for device in range(6)]
    run = detect_tiny(tmp_path, list(LETTERS), sessions)
    assert run.arrow("ring_member").num_rows == 4
    early = Workspace.open(tmp_path).detect(as_of=datetime(1999, 1, 1), workers=1)  # noqa: DTZ001
    assert early.arrow("ring_member") == run.arrow("ring_member")


def test_nobody_known_by_then_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no account was known by then"):
        detect_worked(tmp_path, as_of=datetime(1999, 1, 1))  # noqa: DTZ001


def test_hostile_ids_come_through_as_they_are(tmp_path: Path) -> None:
    names = ["'; DROP TABLE ring;--", "=cmd()", "a\u202eb", "{x}", "%s", "🦊", "$as_of", *LETTERS]
    sessions = [f"{name},d{device},2024-01-01" for name in names[:4] for device in range(6)]
    run = detect_tiny(tmp_path, names, sessions)
    assert sorted(run.arrow("ring_member")["account_id"].to_pylist()) == sorted(names[:4])


# ---- as networks -------------------------------------------------------------------------------------------


def test_a_run_gives_the_pairs_that_it_kept(worked: Run) -> None:
    network = worked.to_networkx(identifiers=False)
    assert network.number_of_edges() == dict(worked.record.counts)["pairs"]
    for ring_id, members in worked.members.groupby("ring_id")["account_id"]:
        assert {network.nodes[account]["ring_id"] for account in members} == {ring_id}


def test_a_run_gives_who_holds_what(worked: Run) -> None:
    network = worked.to_networkx()
    counts = dict(worked.record.counts)
    assert network.number_of_edges() == counts["shared_links"] + counts["family_links"]
    kinds = [told["node_type"] for _, told in network.nodes(data=True)]
    assert kinds.count("identifier") == counts["shared_identifiers"] + counts["families"]


def test_the_networks_are_those_of_the_runs_own_parameters(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    before = shop.detect(as_of=MARCH, workers=1)
    pairs = before.to_networkx(identifiers=False)
    text = (tmp_path / "graphrisk.toml").read_text(encoding="utf-8")
    (tmp_path / "graphrisk.toml").write_text(text + "\n[kinds.device]\ntrust_share = 0.1\n", encoding="utf-8")
    again = Workspace.open(tmp_path).latest().to_networkx(identifiers=False)
    assert list(again.edges(data=True)) == list(pairs.edges(data=True))


def test_a_run_whose_tables_have_changed_gives_no_network(tmp_path: Path) -> None:
    shop = worked_shop(tmp_path)
    run = shop.detect(as_of=MARCH, workers=1)
    append("accounts", "zoe,buyer,2024-03-02T00:00:00Z,GB,,,Zoe")(tmp_path / "tables")
    shop.load()
    with pytest.raises(InputError, match="have changed since the run"):
        run.to_networkx()
