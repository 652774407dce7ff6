"""The installed command, from the plan to the erasure, in a shop in which every identifier is a canary: none
gets out where none belongs, and of an erased account nothing is left."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import receiver
from canary_shop import (
    APPEALED,
    CANARY,
    CREWS,
    ERASED,
    OTHER,
    POLICY,
    Office,
    files_with,
    make_shop,
    own_things,
    read_plainly,
)
from receiver import Mode, Receiver

pytestmark = pytest.mark.slow

# Of files under enforce/ only these may say who is meant
CARRIERS = {
    "rows.parquet", "actions.csv", "actions.jsonl", "actions.parquet", "actions.sql", "statements.jsonl",
    "dsa_statements.jsonl",
}  # fmt: skip
OWN = own_things(60 + 2)  # what the erased account alone holds


@dataclass(slots=True)
class Story:
    """What happened, and which files held a canary when."""

    office: Office
    exports: Path
    plan: str = ""
    plan_after: str = ""
    carriers_before: list[str] = field(default_factory=list)
    erased_before: list[str] = field(default_factory=list)
    dead_letters: str = ""
    erasure: dict = field(default_factory=dict)

    def leaking_files(self) -> list[str]:
        """Files under enforce/ that hold a canary and must not."""
        return sorted(
            path.relative_to(self.office.enforce).as_posix()
            for path in self.office.enforce.rglob("*")
            if path.is_file() and path.name not in CARRIERS and CANARY.search(read_plainly(path))
        )


def plan_and_apply(story: Story) -> None:
    office = story.office
    assert office.run("enforce", "init", by="ann").code == 0
    (office.shop.folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    story.plan = office.told("enforce", "plan", by="ann")["plan_id"]
    ring = office.shop.latest().arrow("ring").to_pylist()[0]["ring_id"]
    for what in (["--ring", ring], ["--account", ERASED], []):
        assert office.run("enforce", "show", story.plan, *what, by="eve").code == 0
    assert office.run("enforce", "plans").code == 0
    assert office.run("enforce", "approve", story.plan, "--note", "opened one ring", by="eve").code == 0
    assert office.run("enforce", "apply", story.plan, by="ann").code == 0


def deliver(story: Story) -> None:
    """To a receiver that names accounts in its answers, fails, and takes it in the end."""
    office, secret = story.office, (story.office.keys / "webhook.secret").read_text().strip()
    (package,) = [path.name for path in (office.enforce / "packages").glob("PKG-*")]
    with Receiver(secret) as shop:
        policy = f'{POLICY}\n[receivers.shop]\nurl = "{shop.url}"\ntry_count = 1\nbatch_size = 6\n'
        (office.shop.folder / "policy.toml").write_text(policy, encoding="utf-8")
        shop.behave([Mode.REFUSE, Mode.FAIL])
        assert office.run("enforce", "deliver", package, "--to", "shop", by="ann").code == 10
        story.dead_letters = (office.enforce / "dead_letters.jsonl").read_text()
        assert office.run("enforce", "deliver", package, "--to", "shop", by="ann").code == 0
        assert {account for _, _, account in shop.actions()} == {name for crew in CREWS for name in crew}
    assert office.run("enforce", "deliveries", package).code == 0


def take_back(story: Story) -> None:
    office = story.office
    why = ("--why", "the device was the shop's own")
    assert office.run("enforce", "revert", "--account", CREWS[1][1], *why, by="eve").code == 0
    assert office.run("enforce", "stop", *why, by="eve").code == 0
    assert office.run("enforce", "apply", story.plan, by="ann").code in (0, 8)
    assert office.run("enforce", "restart", *why, by="eve").code == 0
    assert office.run("enforce", "expire", by="eve").code == 0


def appeal(story: Story) -> None:
    """Of one account that was wronged, and of rows that name people where they must not."""
    office, now = story.office, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [
        "case_id,account_id,status,received_at,resolved_at,reason,reviewer",
        f"CS-1,{APPEALED},overturned,{now},{now},not_me,eve",
        f"{OTHER},{OTHER},received,{now},,not_me,",
        f"CS-3,{OTHER},received,{now},,{OTHER},",
        f"CS-4,{OTHER},overturned,{now},{now},not_me,Piet Birdsong-4",
        f"CS-5,cnry-0189-nobody,received,{now},,not_me,",
        f"CS-6,{OTHER},{OTHER},{OTHER},{OTHER},not_me,{OTHER}",
    ]
    file = story.exports / "appeals-in.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert office.run("enforce", "appeal", "import", str(file), by="eve").code == 3
    assert office.run("enforce", "appeal", "import", str(file), "--json", by="eve").code == 3
    file.unlink()
    assert office.run("enforce", "rates").code == 0
    for reversal in (office.enforce / "reversals").glob("*.json"):
        why = ("--why", "held by the same things")
        assert office.run("enforce", "revert", "--proposal", str(reversal), *why, by="eve").code == 0


def audit(story: Story) -> None:
    office = story.office
    for command in (["verify"], ["tail"], ["scan"]):
        done = office.run("audit", *command)
        assert done.code == 0, (done.out, done.err)
    out = story.exports / "ledger.csv"
    assert office.run("audit", "export", "--out", str(out)).code == 0
    for flags in ([], ["--account", ERASED], ["--ring", "RING-"]):
        assert office.run("enforce", "status", *flags).code in (0, 4)


def scan_what_leaks(story: Story) -> None:
    """The scanner finds canaries where they are; its answer has none."""
    office, log = story.office, story.exports / "program.log"
    log.write_text(f"all well\nno such account: {ERASED}\nfrom 203.0.113.5\n", encoding="utf-8")
    done = office.run("audit", "scan", str(log), "--json")
    assert done.code == 9
    found = [(each["line"], each["kind"], each["found"]) for each in json.loads(done.out)["faults"]]
    assert found == [(2, "account", "known"), (3, "ip", "looks like one")]
    log.unlink()


def make_mistakes(story: Story) -> None:
    """Errors of every kind; each names accounts in a place where the command does not expect them."""
    office, plan = story.office, story.plan
    for code, *arguments in (
        (2, "enforce", "approve", plan, "--note", f"as {OTHER} said", "--by", "eve"),
        (2, "enforce", "approve", plan, "--note", "see 203.0.113.1", "--by", "eve"),
        (2, "enforce", "approve", plan, "--note", "ok", "--by", OTHER),
        (2, "enforce", "reject", plan, "--note", "ask Piet Birdsong-4", "--by", "eve"),
        (2, "enforce", "stop", "--why", f"mail {own_things(1)['email']}", "--by", "eve"),
        (2, "enforce", "revert", "--account", ERASED, "--why", f"{OTHER} asked", "--by", "eve"),
        (4, "enforce", "revert", "--account", "cnry-0189-nobody", "--why", "asked", "--by", "eve"),
        (4, "enforce", "deliver", OTHER, "--to", OTHER, "--by", "eve"),
        (4, "enforce", "deliveries", OTHER),
        (2, "enforce", "erase", "--account", ERASED, "--why", f"{OTHER} asked", "--by", "eve"),
        (4, "enforce", "show", plan, "--account", "cnry-0189-nobody", "--by", "eve"),
        (4, "enforce", "show", plan, "--ring", OTHER, "--by", "eve"),
        (4, "enforce", "erase", "--account", "cnry-0189-nobody", "--why", "asked for", "--by", "eve"),
        (8, "enforce", "approve", plan, "--note", "my own", "--by", "ann"),
        (2, "enforce", "export", "--purpose", "ledger", "--out", str(story.exports / "no.csv")),
    ):
        assert office.run(*arguments).code == code, arguments


def write_exports(story: Story) -> None:
    for name, *flags in (
        ("analytics.csv",), ("analytics.parquet", "--pseudonymise"), ("audit.csv",), ("execution.jsonl",),
        ("execution.csv", "--pseudonymise"),
    ):  # fmt: skip
        out = ("--purpose", name.split(".")[0], "--out", str(story.exports / name))
        done = story.office.run("enforce", "export", "--plan", story.plan, *out, *flags)
        assert done.code == 0, done.err


def write_packages(story: Story) -> None:
    office, flags = story.office, ("--plan", story.plan, "--pseudonymise", "--package")
    for purpose in ("execution", "analytics"):
        out = ("--purpose", purpose, "--out", str(story.exports / f"for-{purpose}"))
        assert office.run("enforce", "export", *flags, *out).code == 0
        for package in (story.exports / f"for-{purpose}").iterdir():
            key = str(office.keys / "signing.pub")
            assert office.run("enforce", "verify", str(package), "--key", key).code == 0
    assert office.run("enforce", "export", "--package", "--purpose", "execution", "--out", "x").code == 2


def erase(story: Story) -> None:
    office = story.office
    story.carriers_before = files_with(office.enforce, *OWN.values(), ERASED)
    story.erased_before = files_with(office.shop.folder, ERASED)
    why = ("--why", "asked for, case C-1")
    story.erasure = office.told("enforce", "erase", "--account", ERASED, *why, by="eve")
    assert office.run("enforce", "erase", "--account", ERASED, *why, by="eve").code == 0


def go_on(story: Story) -> None:
    """After the erasure the tables still have the account, and everything else goes on."""
    office = story.office
    story.plan_after = office.told("enforce", "plan", by="eve")["plan_id"]
    assert office.run("enforce", "revert", "--plan", story.plan, "--why", "all wrong", by="eve").code == 0
    assert office.run("audit", "verify").code == 0


CHAPTERS = (
    plan_and_apply, deliver, make_mistakes, write_exports, write_packages, take_back, appeal, audit,
    scan_what_leaks, erase, audit, go_on,
)  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("aviary")
    told = Story(Office(make_shop(folder / "shop"), folder / "keys"), folder / "exports")
    told.exports.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiver, "HOSTILE", f"{ERASED} {OWN['email']} is nobody")
        for chapter in CHAPTERS:
            chapter(told)
    return told


def test_the_canaries_sing_where_they_may(story: Story) -> None:
    # Else the tests below could not fail
    assert {Path(name).name for name in story.carriers_before} == CARRIERS - {"dsa_statements.jsonl"}
    assert "enforcement.duckdb" in story.erased_before
    assert any(CANARY.search(said.out.encode()) for said in story.office.said)


def test_no_ledger_manifest_or_header_names_anybody(story: Story) -> None:
    assert story.leaking_files() == []
    assert (story.office.enforce / "ledger.jsonl").stat().st_size > 0


def test_no_command_says_on_stderr_what_nobody_typed(story: Story) -> None:
    assert [(said.arguments, said.leaks()) for said in story.office.said if said.leaks()] == []


def test_a_refusal_does_not_repeat_whom_the_text_named(story: Story) -> None:
    refused = [said for said in story.office.said if "the text names somebody" in said.err]
    assert len(refused) >= 6
    assert [said.err for said in refused if CANARY.search(said.err.encode())] == []


def test_nothing_of_an_erased_account_is_left(story: Story) -> None:
    office = story.office
    assert files_with(office.enforce, ERASED, *OWN.values()) == []
    assert "enforcement.duckdb" not in files_with(office.shop.folder, ERASED)
    left = {each["place"] for each in story.erasure["left"]}
    assert {"table accounts (accounts.csv)", "table seen (seen.csv)", "table payments (payments.csv)"} <= left


def test_nobody_writes_an_erased_account_down_again(story: Story) -> None:
    rows = story.office.enforce / "plans" / story.plan_after / "rows.parquet"
    accounts = {row["account_id"] for row in pq.read_table(rows).to_pylist()}
    assert OTHER in accounts
    assert ERASED not in accounts


def test_others_keep_what_was_said_of_them(story: Story) -> None:
    assert {Path(name).name for name in files_with(story.office.enforce, OTHER)} == CARRIERS - {
        "dsa_statements.jsonl"
    }


def test_packages_verify_after_the_erasure(story: Story) -> None:
    for package in sorted((story.office.enforce / "packages").iterdir()):
        key = story.office.keys / "signing.pub"
        done = story.office.run("enforce", "verify", str(package), "--key", str(key))
        assert done.code == 0, done.err


def read_export(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return pq.read_table(path).to_pylist()


def test_only_execution_without_tokens_names_accounts(story: Story) -> None:
    files = [path for path in story.exports.rglob("*") if path.is_file()]
    singing = {path.name for path in files if CANARY.search(read_plainly(path))}
    assert singing == {"execution.jsonl"}


def test_files_of_one_purpose_can_be_joined_and_of_two_cannot(story: Story) -> None:
    names = ("account_id", "ring_id", "action_id", "plan_id", "subject")

    def told(name: str) -> set[str]:
        rows = read_export(story.exports / name)
        assert len(rows) == 12
        return {row[column] for row in rows for column in names if column in row}

    analytics, execution = told("analytics.csv"), told("execution.csv")
    assert told("analytics.parquet") == analytics
    plain, ledger = told("execution.jsonl"), told("audit.csv")
    for one, other in ((analytics, execution), (analytics, plain), (analytics, ledger),
                       (execution, plain), (execution, ledger)):  # fmt: skip
        assert not one & other
    assert {name for crew in CREWS for name in crew} < plain


def test_packages_of_two_purposes_have_no_name_of_anything_in_common(story: Story) -> None:
    one, other = (
        next((story.exports / f"for-{purpose}").iterdir()) for purpose in ("execution", "analytics")
    )
    manifests = [json.loads((package / "manifest.json").read_text()) for package in (one, other)]
    assert [told["header"]["form"] for told in manifests] == ["pseudonymised"] * 2
    names = [
        {row[column] for row in read_export(package / "actions.jsonl")
         for column in ("account_id", "ring_id", "action_id", "plan_id")}
        for package in (one, other)
    ]  # fmt: skip
    assert len(names[0]) == len(names[1]) == 12 + 2 + 12 + 1
    assert not names[0] & names[1]
    assert one.name != other.name
    files = [read_plainly(path) for path in (story.office.enforce / "packages").rglob("actions.jsonl")]
    assert not any(name.encode() in file for name in names[0] for file in files)


def test_what_a_receiver_answers_is_not_repeated(story: Story) -> None:
    assert story.dead_letters.count("\n") == 2
    assert not CANARY.search(story.dead_letters.encode())


def test_only_lists_for_people_name_anybody_on_stdout(story: Story) -> None:
    named = {" ".join(said.arguments[:3]) for said in story.office.said if CANARY.search(said.out.encode())}
    spoken = {command.split(" P-")[0].split(" PKG-")[0] for command in named}
    assert spoken <= {
        "enforce show", "enforce revert --account", "enforce revert --proposal", "enforce revert --plan",
            "enforce appeal import",
        "enforce status --account", "enforce status --ring", "enforce erase --account",
    }, spoken  # fmt: skip
