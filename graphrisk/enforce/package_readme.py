"""What the team that takes a package has to know, in ten lines."""

from __future__ import annotations

from graphrisk.enforce.package import PackageForm, PackageHeader
from graphrisk.enforce.package_forms import TABLE
from graphrisk.enforce.statements import NOTICE

_CALLED = {PackageForm.PLAIN: "your ids", PackageForm.PSEUDONYMISED: "tokens, not ids"}
_DIGESTS = (
    "tr '}' '\\n' < manifest.json"
    ' | sed -n \'s/.*"path":"\\([^"]*\\)","sha256":"\\([0-9a-f]*\\)".*/\\2  \\1/p\' | sha256sum -c -'
)
_SIGNATURE = (
    "openssl base64 -d -A -in manifest.sig -out ../sig.bin && "
    "openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in manifest.json -sigfile ../sig.bin"
)


def describe_package(header: PackageHeader, action_count: int) -> str:
    """The same for all packages but for the first line, so that nothing in it has to be escaped."""
    first = f"{header.package_id}: {action_count:,} actions, {header.created_at:%Y-%m-%d}, by graphrisk"
    return (
        f"{first} {header.tool_version}. Times are UTC. Accounts are called by {_CALLED[header.form]}.\n"
        "actions.csv, .jsonl, .parquet, .sql: the same rows. impose: it begins at from_at. lift: it ends now."
        " resume: it is in force again.\n"
        "monitor: a mark. step_up: ask for a proof. review: a person looks. restrict: no coupons, no payouts,"
        " listings hidden. suspend: closed for a time. ban: closed.\n"
        "by_hand: no machine can undo it. In actions.csv an apostrophe keeps spreadsheets from calculating.\n"
        f"actions.sql fills {TABLE} on PostgreSQL, SQLite and DuckDB, once or often, packages in any order. "
        "For psql: PGCLIENTENCODING=UTF8, and -v ON_ERROR_STOP=1.\n"
        "What holds of an account: the strongest tier of its rows there whose operation is not lift, whose "
        "from_at has come, and whose until_at is null or has not.\n"
        "statements.jsonl: what to tell each account, where to_be_sent. dsa_statements.jsonl: fields for the "
        f"EU's database. Both: {NOTICE}.\n"
        "Check all: graphrisk enforce verify FOLDER --key KEY.pem. KEY.pem is what the sender gave you "
        "before, not public_key.pem, which proves nothing.\n"
        f"Without graphrisk: {_DIGESTS}\n"
        f"and: {_SIGNATURE}\n"
    )
