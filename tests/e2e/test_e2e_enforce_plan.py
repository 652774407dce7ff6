"""`graphrisk enforce plan`, `show`, `approve`, `apply`, `stop`, `status`, as people type them: in a simulated
shop with the default policy, but for the age of its tables."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from markets import Market

import graphrisk
from graphrisk.cli.app import main
from graphrisk.stores.enforcement.keys import KeyFolder

Told = Callable[..., tuple[int, str, str]]
NOTE = ("--note", "three rings opened, all resold cards")


@pytest.fixture(scope="module")
def detected(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `shop`, in which rings were found; to be read only."""
    folder = tmp_path_factory.mktemp("detected")
    shop = shutil.copytree(market.folder, folder / "shop")
    assert main(["detect", "-w", str(shop)]) == 0
    return folder


@pytest.fixture
def desk(detected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy with policy, keys and ledger; the tables may be old."""
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "keys"))
    shop = shutil.copytree(detected / "shop", tmp_path / "shop")
    assert main(["enforce", "init", "--by", "ann", "-w", str(shop)]) == 0
    set_limit(shop, "fresh_days", "100000.0")
    return shop


@pytest.fixture
def told(desk: Path, capfd: pytest.CaptureFixture[str]) -> Told:
    """Runs one command; gives exit code, stdout and stderr."""

    def run(*words: str, by: str = "") -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, *(("--by", by) if by else ()), "-w", str(desk)])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def set_limit(shop: Path, name: str, value: str) -> None:
    policy = shop / "policy.toml"
    text, count = re.subn(
        rf"^{name} = .*$", f"{name} = {value}", policy.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert count == 1
    policy.write_text(text, encoding="utf-8")


def make_plan(told: Told, *words: str) -> dict:  # type: ignore[type-arg]
    code, out, _ = told("enforce", "plan", "--json", *words, by="ann")
    assert code == 0
    return json.loads(out)


def look_and_approve(told: Told, plan: dict, *names: str) -> None:  # type: ignore[type-arg]
    for name in names:
        for ring in plan["acting_rings"][:3]:
            assert told("enforce", "show", plan["plan_id"], "--ring", ring, by=name)[0] == 0
        assert told("enforce", "approve", plan["plan_id"], *NOTE, by=name)[0] == 0


def test_a_plan_does_nothing_and_says_whom_it_would_reach(desk: Path, told: Told) -> None:
    plan = make_plan(told)
    assert plan["counts"]["new"] > 50
    assert 0 < plan["blast"]["wrongful"]["expected"] < plan["blast"]["wrongful"]["high"]
    assert plan["approval_count"] == 2
    assert not (desk / "enforce" / "packages").exists()
    code, out, _ = told("enforce", "status", "--json")
    assert (code, json.loads(out)["in_force"]) == (0, {})
    shown = json.loads(told("enforce", "show", plan["plan_id"], "--json", by="eve")[1])
    assert len(shown["rows"]) == sum(
        plan["counts"][name] for name in ("new", "escalated", "unchanged", "removed", "blocked")
    )
    for row in shown["rows"]:
        assert row["reasons"]
        assert row["proposed"] is None or row["bucket"] != "blocked"


def test_old_tables_do_nothing_to_anybody_by_default(desk: Path, told: Told) -> None:
    set_limit(desk, "fresh_days", "7.0")
    plan = make_plan(told)
    assert plan["counts"]["new"] == 0
    assert plan["counts"]["blocked_by stale"] == plan["counts"]["blocked"] > 50
    code, _, err = told("enforce", "apply", plan["plan_id"], by="ann")
    assert code == 8
    assert "the run is too old by now" in err


def test_one_ring_and_no_tier_above_the_one_asked_for(told: Told) -> None:
    whole = make_plan(told)
    plan = make_plan(told, "--ring", whole["rings"][0].lower(), "--at-most", "step_up")
    assert plan["rings"] == whole["rings"][:1]
    assert set(plan["blast"]["by_tier"]) <= {"monitor", "step_up"}
    assert plan["approval_count"] == 0
    code, _, err = told("enforce", "plan", "--ring", "RING-NONE", by="ann")
    assert code == 4
    assert "the latest run has no such ring" in err


def test_nobody_applies_what_others_have_not_approved_after_a_look(told: Told) -> None:
    plan = make_plan(told)
    name = plan["plan_id"]
    for words, by, why in (
        (("apply", name), "ann", "0 of 2 approvals"),
        (("approve", name, *NOTE), "ann", "nobody approves his own plan"),
        (("approve", name, *NOTE), " ANN ", "nobody approves his own plan"),
        (("approve", name, *NOTE), "eve", "has opened 0 of the rings that the plan acts on, 3 are asked for"),
    ):
        code, _, err = told("enforce", *words, by=by)
        assert code == 8
        assert why in err
    look_and_approve(told, plan, "eve")
    code, _, err = told("enforce", "approve", name, *NOTE, by="Eve")
    assert code == 8
    assert "has approved it already" in err
    code, _, err = told("enforce", "apply", name, by="ann")
    assert code == 8
    assert "1 of 2 approvals" in err
    assert told("enforce", "approve", name, "--note", " ", by="bob")[0] == 2


def test_a_small_part_goes_first_and_applying_again_changes_nothing(desk: Path, told: Told) -> None:
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    first = json.loads(told("enforce", "apply", plan["plan_id"], "--json", by="ann")[1])
    assert first["stage"] == "canary"
    assert 0 < first["actions"] < 0.2 * plan["counts"]["new"]
    assert first["actions"] + first["rest"] == plan["counts"]["new"]
    ledger = (desk / "enforce" / "ledger.jsonl").read_bytes()
    again = json.loads(told("enforce", "apply", plan["plan_id"], "--json", by="ann")[1])
    assert again == {**first, "was_done": True}
    assert (desk / "enforce" / "ledger.jsonl").read_bytes() == ledger
    code, _, err = told("enforce", "apply", plan["plan_id"], "--rest", by="ann")
    assert code == 8
    assert "[canary]" in err
    assert main(["enforce", "verify", first["folder"], "--key", f"{desk.parent}/keys/signing.pub"]) == 0
    in_force = json.loads(told("enforce", "status", "--json")[1])["in_force"]
    assert sum(in_force.values()) == first["actions"]
    table = pq.read_table(Path(first["folder"]) / "actions.parquet")
    assert table.num_rows == first["actions"]
    plans = json.loads(told("enforce", "plans", "--json")[1])["plans"]
    assert [each["status"] for each in plans] == ["partly applied"]


def test_the_rest_follows_when_nothing_speaks_against_it(desk: Path, told: Told) -> None:
    set_limit(desk, "canary_hours", "0.0")
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    code, _, err = told("enforce", "apply", plan["plan_id"], "--rest", by="ann")
    assert code == 8
    assert "a small part goes first" in err
    first = json.loads(told("enforce", "apply", plan["plan_id"], "--json", by="ann")[1])
    rest = json.loads(told("enforce", "apply", plan["plan_id"], "--rest", "--json", by="ann")[1])
    assert first["actions"] + rest["actions"] == plan["counts"]["new"]
    assert json.loads(told("enforce", "plans", "--json")[1])["plans"][0]["status"] == "applied"
    later = make_plan(told)
    assert later["counts"]["unchanged"] == plan["counts"]["new"]
    assert told("audit", "verify")[0] == 0


@pytest.mark.parametrize("change", ["policy", "judgement", "tables"])
def test_a_plan_is_void_when_what_it_was_made_from_changed(desk: Path, told: Told, change: str) -> None:
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    if change == "policy":
        set_limit(desk, "hub_account_count", "9")
    elif change == "judgement":
        account = graphrisk.open(desk).latest().rings.ring_id[0]
        assert told("judge", "ring", "confirm", account, "--why", "looked at", by="eve")[0] == 0
    else:
        labels = desk / "extra.csv"
        labels.write_text("account_id,label,reported_at\n", encoding="utf-8")
        config = desk / "graphrisk.toml"
        files = f"\n[tables.extra]\nfiles = [{json.dumps(str(labels))}]\n"
        meaning = (
            '[tables.extra.label]\naccount = "account_id"\nverdict = "label"\nreported_at = "reported_at"\n'
        )
        config.write_text(config.read_text(encoding="utf-8") + files + meaning, encoding="utf-8")
        assert told("load")[0] == 0
    code, _, err = told("enforce", "apply", plan["plan_id"], by="ann")
    assert code == 8
    assert "changed since the plan was made" in err


def test_a_rejected_plan_is_nobodys(told: Told) -> None:
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    said = ("--note", "a student house among them")
    assert told("enforce", "reject", plan["plan_id"], *said, by="zoe")[0] == 0
    code, _, err = told("enforce", "apply", plan["plan_id"], by="ann")
    assert code == 8
    assert "zoe rejected the plan: a student house among them" in err


def test_the_kill_switch_stops_applying_by_command_and_by_hand(desk: Path, told: Told) -> None:
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    assert told("enforce", "stop", "--why", "appeals pile up", by="eve")[0] == 0
    code, _, err = told("enforce", "apply", plan["plan_id"], by="ann")
    assert code == 8
    assert "the kill switch is thrown" in err
    assert told("enforce", "restart", "--why", "mended", by="eve")[0] == 0
    (desk / "enforce" / "STOP").touch()
    assert told("enforce", "apply", plan["plan_id"], by="ann")[0] == 8
    assert "kill switch" in told("enforce", "status")[2]
    (desk / "enforce" / "STOP").unlink()
    assert told("enforce", "apply", plan["plan_id"], by="ann")[0] == 0


def test_a_plan_that_somebody_edited_is_refused(desk: Path, told: Told) -> None:
    plan = make_plan(told)
    look_and_approve(told, plan, "eve", "bob")
    rows = desk / "enforce" / "plans" / plan["plan_id"] / "rows.parquet"
    table = pq.read_table(rows)
    proposed = ["ban" if each else each for each in table["proposed"].to_pylist()]
    at = table.schema.get_field_index("proposed")
    pq.write_table(table.set_column(at, "proposed", [proposed]), rows)
    code, _, err = told("enforce", "apply", plan["plan_id"], by="ann")
    assert code == 9
    assert "was changed since the plan was made" in err


def test_nothing_works_before_it_was_set_up(
    detected: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main(["enforce", "plan", "-w", str(detected / "shop"), "--keys", str(tmp_path)])
    assert code == 4
    assert "graphrisk enforce init" in capfd.readouterr().err


def test_where_the_policy_has_keys_people_sign(desk: Path, told: Told, tmp_path: Path) -> None:
    keys = {name: KeyFolder.create(tmp_path / name)[0] for name in ("ann", "eve", "bob")}
    lines = [
        f'{name} = "{key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()}"'
        for name, key in keys.items()
    ]
    policy = desk / "policy.toml"
    text = policy.read_text(encoding="utf-8").replace("[approvers]", "\n".join(["[approvers]", *lines]))
    policy.write_text(text, encoding="utf-8")

    def key_of(name: str) -> tuple[str, str]:
        return "--key", str(tmp_path / name / "signing.pem")

    for words, by in (((), "ann"), (key_of("eve"), "ann"), (key_of("ann"), "zoe")):
        assert told("enforce", "plan", *words, by=by)[0] == 8
    plan = make_plan(told, *key_of("ann"))
    for name in ("eve", "bob"):
        for ring in plan["acting_rings"][:3]:
            assert told("enforce", "show", plan["plan_id"], "--ring", ring, by=name)[0] == 0
        assert told("enforce", "approve", plan["plan_id"], *NOTE, by=name)[0] == 8
        assert told("enforce", "approve", plan["plan_id"], *NOTE, *key_of("ann"), by=name)[0] == 8
        assert told("enforce", "approve", plan["plan_id"], *NOTE, *key_of(name), by=name)[0] == 0
    assert told("enforce", "apply", plan["plan_id"], by="ann")[0] == 0


def test_the_same_in_python(desk: Path, tmp_path: Path) -> None:
    made = graphrisk.open(desk).enforcement()
    assert made.state().plans == {}
    assert graphrisk.open(desk).enforcement(tmp_path / "keys").policy().digest == made.policy().digest
