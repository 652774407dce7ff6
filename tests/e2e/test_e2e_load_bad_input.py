"""Bad input, one test for each way in which a table is bad. Real files, real workspace."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables_on_disk import make_workspace, read_quarantine, read_state

from graphrisk.errors import InputError, TooManyBadRowsError

LENIENT = "[limits]\nmax_bad_share = 0.99\n"
ACCOUNTS = """
[tables.accounts]
files = ["accounts.csv*"]
format = "csv"
[tables.accounts.account]
id = "account_id"
created_at = "created_at"
display_name = "name"
[[tables.accounts.link]]
kind = "phone"
account = "account_id"
identifier = "phone"
[[tables.accounts.link]]
kind = "email"
account = "account_id"
identifier = "email"
"""
PAYMENTS = """
[tables.payments]
files = ["payments.csv"]
[tables.payments.payment]
id = "id"
payer = "payer"
payee = "payee"
amount = "amount"
currency = "currency"
paid_at = "paid_at"
"""
SESSIONS = """
[tables.sessions]
files = ["sessions.csv"]
[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
seen_at = "seen_at"
"""


def test_a_wrong_type_is_quarantined_with_its_line_and_the_rest_is_loaded(tmp_path: Path) -> None:
    text = 'account_id,created_at,name\na1,2024-01-01,"two\nlines"\n\na2,soon,x\na3,2024-01-02,y\n'
    shop = make_workspace(tmp_path, ACCOUNTS + LENIENT, {"accounts.csv": text})
    report = shop.load()
    assert read_quarantine(shop) == [(5, "created_at", "soon", "wrong_type")]
    assert [row[0] for row in read_state(shop)["known_account"]] == ["a1", "a3"]
    assert report.tables[0].reasons == (("wrong_type", 1),)


def test_a_missing_column_names_what_is_there_and_the_nearest(tmp_path: Path) -> None:
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv": "acount_id,created_at\na1,2024-01-01\n"})
    with pytest.raises(InputError, match=r"accounts\.csv.*`account_id`.*created_at(.|\n)*`acount_id`"):
        shop.load()


@pytest.mark.parametrize("content", ["", "account_id,created_at,name,phone,email\n", "\n\n"])
def test_an_empty_file_is_no_rows_and_a_warning(tmp_path: Path, content: str) -> None:
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv": content})
    report = shop.load()
    assert report.tables[0].row_count == 0
    assert any("empty" in w or "no rows" in w for w in report.tables[0].warnings)


def test_a_truncated_gzip_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    rows = "".join(f"a{n},2024-01-01,x\n" for n in range(20_000))
    whole = gzip.compress(("account_id,created_at,name\n" + rows).encode())
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv.gz": whole[: len(whole) // 2]})
    with pytest.raises(InputError, match=r"accounts\.csv\.gz.*truncated"):
        shop.load()
    assert read_state(shop)["known_account"] == []


def test_a_truncated_zstandard_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    rows = "".join(f"a{n},2024-01-01,x{n * n}\n" for n in range(20_000))
    sink = io.BytesIO()
    with pa.CompressedOutputStream(pa.PythonFile(sink), "zstd") as stream:
        stream.write(("account_id,created_at,name\n" + rows).encode())
        stream.flush()
        whole = sink.getvalue()
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv.zst": whole[: len(whole) // 2]})
    with pytest.raises(InputError, match=r"accounts\.csv\.zst.*truncated"):
        shop.load()
    assert read_state(shop)["known_account"] == []


def test_a_truncated_parquet_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"account_id": [f"a{n}" for n in range(10_000)]}), sink)
    toml = ACCOUNTS.replace("accounts.csv*", "accounts.parquet").replace('"csv"', '"parquet"')
    shop = make_workspace(tmp_path, toml, {"accounts.parquet": sink.getvalue()[:5000]})
    with pytest.raises(InputError, match=r"accounts\.parquet.*Parquet"):
        shop.load()
    assert read_state(shop)["known_account"] == []


def test_of_a_duplicate_key_the_first_stays_and_only_other_content_is_a_fault(tmp_path: Path) -> None:
    text = "id,payer,payee,amount\n1,a,b,5\n1,a,b,5.00\n1,a,b,6\n2,a,b,7\n"
    shop = make_workspace(tmp_path, PAYMENTS + LENIENT, {"payments.csv": text})
    shop.load()
    assert [row[:4] for row in read_state(shop)["known_payment"]] == [
        ("1", "a", "b", 500),
        ("2", "a", "b", 700),
    ]
    assert read_quarantine(shop) == [(4, "id", "1", "duplicate_key")]


def test_a_duplicate_key_is_found_across_the_files_of_a_table(tmp_path: Path) -> None:
    toml = PAYMENTS.replace("payments.csv", "payments*.csv") + LENIENT
    header = "id,payer,payee,amount\n"
    shop = make_workspace(tmp_path, toml, {"payments-1.csv": header + "1,a,b,5\n2,a,b,7\n"})
    shop.load()
    (tmp_path / "payments-2.csv").write_text(header + "1,a,b,5\n2,a,b,8\n3,a,b,9\n")
    shop.load()
    assert [row[:4] for row in read_state(shop)["known_payment"]] == [
        ("1", "a", "b", 500), ("2", "a", "b", 700), ("3", "a", "b", 900),
    ]  # fmt: skip
    assert read_quarantine(shop) == [(3, "id", "2", "duplicate_key")]


def test_rows_of_unknown_accounts_count_once_the_account_arrives(tmp_path: Path) -> None:
    toml = ACCOUNTS + SESSIONS + LENIENT
    sessions = "account_id,device_id,seen_at\na1,d1,2024-01-01\nghost,d1,2024-01-02\n"
    shop = make_workspace(tmp_path, toml, {"accounts.csv": "account_id\na1\n", "sessions.csv": sessions})
    shop.load()
    assert read_quarantine(shop) == [(3, "account_id", "ghost", "unknown_account")]
    assert [row[0] for row in read_state(shop)["known_link"]] == ["a1"]
    (tmp_path / "accounts.csv.2.csv").write_text("account_id\nghost\n")
    shop.load()
    assert read_quarantine(shop) == []
    assert [row[0] for row in read_state(shop)["known_link"]] == ["a1", "ghost"]


def test_years_1_and_9999_are_impossible_times(tmp_path: Path) -> None:
    text = "account_id,created_at\na1,0001-01-01\na2,9999-12-31\na3,infinity\na4,2024-02-29T23:59:59+14:00\n"
    shop = make_workspace(tmp_path, ACCOUNTS + LENIENT, {"accounts.csv": text})
    shop.load()
    assert [(row[0], row[3]) for row in read_quarantine(shop)] == [(n, "impossible_time") for n in (2, 3, 4)]
    ((_, _, created_at, *_),) = read_state(shop)["known_account"]
    assert str(created_at) == "2024-02-29 09:59:59"


@pytest.mark.parametrize("amount", ["NaN", "inf", "-Infinity", "12,5", "1e30", "9" * 40, "0x10", "ten"])
def test_an_amount_that_is_no_amount_is_quarantined(tmp_path: Path, amount: str) -> None:
    text = f'id,payer,amount\n1,a,"{amount}"\n2,a,3.10\n'
    shop = make_workspace(tmp_path, PAYMENTS + LENIENT, {"payments.csv": text})
    shop.load()
    assert read_quarantine(shop) == [(2, "amount", amount[:20], "wrong_type")]
    assert [row[3] for row in read_state(shop)["known_payment"]] == [310]


def test_nan_in_a_parquet_file_is_quarantined_and_null_is_not(tmp_path: Path) -> None:
    table = pa.table({"id": ["1", "2", "3"], "payer": ["a"] * 3, "amount": [float("nan"), None, 2.5]})
    pq.write_table(table, tmp_path / "payments.parquet")
    shop = make_workspace(tmp_path, PAYMENTS.replace(".csv", ".parquet") + LENIENT, {})
    shop.load()
    assert read_quarantine(shop) == [(1, "amount", "nan", "wrong_type")]
    assert [row[3] for row in read_state(shop)["known_payment"]] == [None, 250]


def test_amounts_have_the_decimals_of_their_currency(tmp_path: Path) -> None:
    text = "id,payer,amount,currency\n1,a,12,jpy\n2,a,1.234,KWD\n3,a,-0.005,EUR\n4,a,1e2,\n"
    shop = make_workspace(tmp_path, PAYMENTS, {"payments.csv": text})
    shop.load()
    amounts = [(row[3], row[4]) for row in read_state(shop)["known_payment"]]
    assert amounts == [(12, "JPY"), (1234, "KWD"), (-1, "EUR"), (10_000, None)]


def test_strings_of_10_mb_are_quarantined_and_what_stands_beside_them_is_not(tmp_path: Path) -> None:
    huge = "x" * 10_000_000
    text = f"account_id,name,email\na1,{huge},a@b.de\n{huge},x,\na3,x,{huge}\na4,{huge}{huge},\na5,x,c@d.de\n"
    shop = make_workspace(tmp_path, ACCOUNTS + LENIENT, {"accounts.csv": text})
    shop.load()
    found = [(line, column, reason) for line, column, _, reason in read_quarantine(shop)]
    assert found == [
        (2, "name", "too_long"), (3, "account_id", "too_long"), (4, "email", "too_long"),
        (5, None, "malformed_row"),
    ]  # fmt: skip
    assert [row[0] for row in read_state(shop)["known_account"]] == ["a3", "a5"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x07", "\x7f", "\x85", "\t"])
def test_a_control_character_in_an_id_is_quarantined(tmp_path: Path, character: str) -> None:
    shop = make_workspace(
        tmp_path, ACCOUNTS + LENIENT, {"accounts.csv": f"account_id,name\na{character}b,x\na2,y\n"}
    )
    shop.load()
    assert read_quarantine(shop) == [(2, "account_id", f"a{character}b", "control_character")]
    assert [row[0] for row in read_state(shop)["known_account"]] == ["a2"]


STRANGE = (
    "=cmd()",
    "'; DROP TABLE account; --",
    '"quoted"',
    "a\u202eb",
    "🦊",
    "{x}",
    "%s",
    "$1",
    "ａ",
    "\\x00",
    "é",
)


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_data_in_every_place(tmp_path: Path, text: str) -> None:
    cell = '"' + text.replace('"', '""') + '"'
    files = {
        "accounts.csv": f"account_id,name\n{cell},{cell}\na2,y\n",
        "sessions.csv": f"account_id,device_id\n{cell},{cell}\na2,{cell}\n",
    }
    shop = make_workspace(tmp_path, ACCOUNTS + SESSIONS, files)
    shop.load()
    state = read_state(shop)
    assert {(row[0], row[4]) for row in state["known_account"]} == {(text, text), ("a2", "y")}
    assert {row[:3] for row in state["known_link"]} == {(text, "device", text), ("a2", "device", text)}
    assert state["quarantine"] == []


@pytest.mark.parametrize("text", [*STRANGE, "\x1b[2J"])
def test_strange_column_file_and_table_names_are_names(tmp_path: Path, text: str) -> None:
    header = '"' + text.replace('"', '""') + '"'
    quoted = '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text) + '"'
    toml = f"[tables.{quoted}]\nfiles = ['*.csv']\n[tables.{quoted}.account]\nid = {quoted}\n"
    shop = make_workspace(tmp_path, toml, {f"{text.replace('/', '')}.csv": f"{header},x\na1,1\n"})
    shop.load()
    assert [row[0] for row in read_state(shop)["known_account"]] == ["a1"]


def test_a_display_name_keeps_its_escape_sequence_as_data(tmp_path: Path) -> None:
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv": "account_id,name\na1,\x1b[2J\n"})
    shop.load()
    assert read_state(shop)["known_account"] == [("a1", None, None, None, "\x1b[2J")]


def test_an_identifier_shared_by_everybody_and_links_of_an_account_to_itself_load(tmp_path: Path) -> None:
    rows = "".join(f"a{n},everybody,2024-01-01\na{n},a{n},2024-01-01\n" for n in range(500))
    toml = PAYMENTS + SESSIONS
    files = {
        "sessions.csv": "account_id,device_id,seen_at\n" + rows,
        "payments.csv": "id,payer,payee\n1,a1,a1\n",
    }
    shop = make_workspace(tmp_path, toml, files)
    shop.load()
    state = read_state(shop)
    assert sum(row[2] == "everybody" for row in state["known_link"]) == 500
    assert [row[1:3] for row in state["known_payment"]] == [("a1", "a1")]


def test_one_account_without_links_and_labels_is_a_workspace(tmp_path: Path) -> None:
    shop = make_workspace(tmp_path, ACCOUNTS, {"accounts.csv": "account_id\na1\n"})
    report = shop.load()
    assert dict(report.counts) == {"accounts": 1, "links": 0, "payments": 0, "labels": 0, "quarantined": 0}


def test_an_identifier_that_cannot_be_read_leaves_the_other_links_of_its_row(tmp_path: Path) -> None:
    text = "account_id,phone,email\na1,no phone,A.B+shop@googlemail.com\na2,(415) 555-2671,no mail\n"
    shop = make_workspace(tmp_path, ACCOUNTS + LENIENT, {"accounts.csv": text})
    with pytest.raises(TooManyBadRowsError, match="2 of 2 rows are bad"):
        shop.load()
    (tmp_path / "accounts.csv").write_text(text + "a3,,\n")
    shop.load()
    assert [row[:4] for row in read_state(shop)["known_link"]] == [
        ("a1", "email", "ab@gmail.com", "A.B+shop@googlemail.com"),
        ("a2", "phone", "+14155552671", "(415) 555-2671"),
    ]
    assert [row[1:] for row in read_quarantine(shop)] == [
        ("phone", "no phone", "not_a_phone"), ("email", "no mail", "not_an_email"),
    ]  # fmt: skip


def test_a_table_with_too_many_bad_rows_is_refused_whole_and_others_are_loaded(tmp_path: Path) -> None:
    bad = "".join(f"{n},a,ten\n" for n in range(30))
    files = {
        "payments.csv": "id,payer,amount\n" + bad + "".join(f"g{n},a,1\n" for n in range(100)),
        "sessions.csv": "account_id,device_id,seen_at\na1,d1,2024-01-01\n",
    }
    shop = make_workspace(tmp_path, PAYMENTS + SESSIONS, files)
    with pytest.raises(
        TooManyBadRowsError, match=r"30 of 130 rows.*wrong_type 30.*payments\.csv:2 column amount"
    ):
        shop.load()
    state = read_state(shop)
    assert state["known_payment"] == []
    assert state["quarantine"] == []
    assert len(state["known_link"]) == 1


def test_a_row_without_any_identifier_is_bad_and_one_with_some_is_not(tmp_path: Path) -> None:
    toml = SESSIONS + '[[tables.sessions.link]]\nkind="ip"\naccount="account_id"\nidentifier="ip"\n' + LENIENT
    text = "account_id,device_id,ip\na1,,10.0.0.1\na2,,\n,d1,\na3,d1,::ffff:10.0.0.1\n"
    shop = make_workspace(tmp_path, toml, {"sessions.csv": text})
    shop.load()
    assert [row[:3] for row in read_state(shop)["known_link"]] == [
        ("a1", "ip", "10.0.0.1"), ("a3", "device", "d1"), ("a3", "ip", "10.0.0.1"),
    ]  # fmt: skip
    assert read_quarantine(shop) == [
        (3, "device_id", "", "missing_key"),
        (4, "account_id", "", "missing_key"),
    ]


def test_an_unknown_verdict_is_quarantined_with_its_word(tmp_path: Path) -> None:
    toml = (
        '[tables.labels]\nfiles=["labels.csv"]\n[tables.labels.label]\naccount="a"\nverdict="v"\n' + LENIENT
    )
    shop = make_workspace(tmp_path, toml, {"labels.csv": "a,v\na1,FRAUD\na2,legit\na3,maybe\n"})
    shop.load()
    assert [row[:3] for row in read_state(shop)["known_label"]] == [
        ("a1", "bad", "FRAUD"),
        ("a2", "good", "legit"),
    ]
    assert read_quarantine(shop) == [(4, "v", "maybe", "unknown_verdict")]


def test_times_without_a_zone_are_read_in_the_tables_zone(tmp_path: Path) -> None:
    toml = ACCOUNTS.replace('format = "csv"', 'format = "csv"\ntimezone = "Europe/Berlin"')
    text = "account_id,created_at\na1,2024-07-01 12:00\na2,2024-01-01T12:00\na3,2024-07-01T12:00:00Z\n"
    shop = make_workspace(tmp_path, toml, {"accounts.csv": text})
    shop.load()
    assert [row[2].hour for row in read_state(shop)["known_account"]] == [10, 11, 12]


def test_malformed_json_lines_are_quarantined_and_nested_lists_give_rows(tmp_path: Path) -> None:
    toml = """
[tables.customers]
files = ["customers.jsonl"]
[tables.customers.account]
id = "who.id"
[[tables.customers.link]]
kind = "instrument"
account = "who.id"
identifier = "orders[].cards[].number"
seen_at = "orders[].at"
[tables.customers.payment]
id = "orders[].id"
payer = "who.id"
amount = "orders[].amount"
[limits]
max_bad_share = 0.9
"""
    first = (
        '{"who": {"id": "a1"}, "orders": ['
        '{"id": 1, "amount": 2.5, "at": "2024-01-01", "cards": [{"number": "c1"}]},'
        '{"id": 2, "amount": "x", "cards": []}]}'
    )
    lines = [
        first,
        "{not json",
        "",
        "[1, 2]",
        '{"who": {"id": 7}}',
        '{"who": {"id": null}}',
    ]
    shop = make_workspace(tmp_path, toml, {"customers.jsonl": "\n".join(lines)})
    shop.load()
    state = read_state(shop)
    assert [row[0] for row in state["known_account"]] == ["7", "a1"]
    assert [row[:3] for row in state["known_link"]] == [("a1", "instrument", "c1")]
    assert [row[:4] for row in state["known_payment"]] == [("1", "a1", None, 250)]
    assert [(row[0], row[3]) for row in read_quarantine(shop)] == [
        (1, "wrong_type"), (2, "malformed_row"), (4, "malformed_row"), (6, "missing_key"),
    ]  # fmt: skip
