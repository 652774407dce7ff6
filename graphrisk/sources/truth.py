"""Reads the truth that a run is scored against: who was in which ring, and perhaps which accounts were
bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from graphrisk.errors import InputError, NotFoundError
from graphrisk.evaluate.truth import TRUE_ACCOUNT, TRUE_MEMBER, TRUE_TYPOLOGY, Truth
from graphrisk.model.verdicts import VERDICT_WORDS, Verdict

MEMBERS_STEM = "ring_members"
ACCOUNTS_STEM = "accounts"
TYPOLOGY_COLUMN = "typology"  # of the ring members, as the simulator writes it; optional
_ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zst")


@dataclass(frozen=True, slots=True)
class TruthColumns:
    """What the truth's columns are called. bad: of the accounts table; words as in
    model.verdicts.VERDICT_WORDS, an account called unknown is not judged."""

    ring: str = "ring_id"
    account: str = "account_id"
    bad: str = "is_fraud"


@dataclass(frozen=True, slots=True)
class TruthFiles:
    """Fits flows.evaluate.TruthReader.

    path: a ring members table, or a folder that holds ring_members.* and perhaps accounts.* (itself or in
    its `truth` folder). accounts: an accounts table beside it, instead of the one that the folder holds.
    """

    path: Path
    accounts: Path | None = None
    columns: TruthColumns = TruthColumns()

    def read_truth(self) -> Truth:
        """Raises NotFoundError for a file that is not there, InputError for one that cannot be read as
        said."""
        members, accounts = self._files()
        return Truth(
            _read_members(members, self.columns),
            _read_accounts(accounts, self.columns) if accounts else None,
            _read_typologies(members, self.columns),
        )

    def has_accounts(self) -> bool:
        """Whether there is an accounts table. Raises as read_truth does."""
        return self._files()[1] is not None

    def _files(self) -> tuple[Path, Path | None]:
        if not self.path.is_dir():
            if not self.path.exists():
                raise NotFoundError("there is no truth here", where=str(self.path))
            return self.path, self.accounts
        inner = self.path / "truth"
        folder = inner if inner.is_dir() else self.path
        members = _only_file(folder, MEMBERS_STEM)
        if members is None:
            raise NotFoundError(
                f"no table of ring members: looked for {MEMBERS_STEM}.parquet, .csv, .csv.gz, .csv.zst",
                where=str(folder),
                remedy="give the file itself with --truth FILE",
            )
        return members, self.accounts or _only_file(folder, ACCOUNTS_STEM)


def _only_file(folder: Path, stem: str) -> Path | None:
    there = [folder / (stem + ending) for ending in _ENDINGS if (folder / (stem + ending)).is_file()]
    if len(there) > 1:
        raise InputError(
            f"{stem} is here more than once",
            where=str(folder),
            value=", ".join(path.name for path in there),
            remedy="keep one of them",
        )
    return there[0] if there else None


def _read_members(path: Path, columns: TruthColumns) -> pa.Table:
    table = _read_texts(path, (columns.ring, columns.account)).rename_columns(TRUE_MEMBER.names)
    return table.cast(TRUE_MEMBER)


def _read_typologies(path: Path, columns: TruthColumns) -> pa.Table | None:
    """The smallest word where a ring has several; None where there is no such column."""
    names = _read_texts(path, (columns.ring,), (TYPOLOGY_COLUMN,))
    if TYPOLOGY_COLUMN not in names.column_names or columns.ring == TYPOLOGY_COLUMN:
        return None
    told = names.rename_columns(TRUE_TYPOLOGY.names)
    told = told.filter(pc.not_equal(pc.fill_null(told["typology"], ""), ""))
    least = told.group_by("ring_id", use_threads=False).aggregate([("typology", "min")])
    return pa.table({"ring_id": least["ring_id"], "typology": least["typology_min"]}).cast(TRUE_TYPOLOGY)


def _read_accounts(path: Path, columns: TruthColumns) -> pa.Table:
    """One row per account; rows that say both bad and not bad of one account are refused."""
    table = _read_texts(path, (columns.account, columns.bad)).rename_columns(TRUE_ACCOUNT.names)
    words = pc.utf8_lower(pc.utf8_trim_whitespace(table["is_bad"]))
    strange = pc.unique(words.filter(pc.invert(pc.is_in(words, value_set=pa.array(VERDICT_WORDS)))))
    if len(strange):
        raise InputError(
            f"`{columns.bad}` is neither bad nor good",
            where=str(path),
            value=str(strange[0]),
            remedy="true, false, 1, 0, bad, good, fraud and the like are understood",
        )
    verdict = {side: pa.array([w for w, v in VERDICT_WORDS.items() if v is side]) for side in Verdict}
    judged = pc.invert(pc.is_in(words, value_set=verdict[Verdict.UNKNOWN]))
    is_bad = pc.is_in(words, value_set=verdict[Verdict.BAD])
    said = pa.table({"account_id": table["account_id"], "is_bad": is_bad}).filter(judged)
    distinct = said.group_by(["account_id", "is_bad"], use_threads=False).aggregate([])
    _refuse_contradiction(distinct["account_id"], path)
    return distinct.select(TRUE_ACCOUNT.names).cast(TRUE_ACCOUNT)


def _refuse_contradiction(ids: pa.ChunkedArray, path: Path) -> None:
    counts = pc.value_counts(ids)
    twice = counts.filter(pc.greater(pc.struct_field(counts, "counts"), 1))
    if len(twice):
        raise InputError(
            "an account is called both bad and not bad",
            where=str(path),
            value=str(twice[0]["values"].as_py()),
        )


def _read_texts(path: Path, wanted: tuple[str, ...], optional: tuple[str, ...] = ()) -> pa.Table:
    """The wanted columns as texts, and the optional ones that are there; rows that lack a wanted one are
    refused."""
    read = _read_parquet if path.name.endswith(".parquet") else _read_csv
    try:
        table = read(path, wanted, optional)
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", where=str(path)) from error
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, EOFError) as error:
        raise InputError(f"cannot be read: {str(error).splitlines()[0]}", where=str(path)) from error
    for name in wanted:
        empty = pc.or_kleene(pc.is_null(table[name]), pc.equal(pc.fill_null(table[name], ""), ""))
        if pc.any(empty).as_py():
            row = pc.index(empty, True).as_py()
            raise InputError(f"`{name}` is empty in data row {row + 1}", where=str(path))
    return table


def _read_parquet(path: Path, wanted: tuple[str, ...], optional: tuple[str, ...]) -> pa.Table:
    there = pq.read_schema(path).names
    _require_columns(path, there, wanted)
    names = [*wanted, *(name for name in optional if there.count(name) == 1)]
    table = pq.read_table(path, columns=names)
    return pa.table({name: pc.cast(table[name], pa.string()) for name in names})


def _read_csv(path: Path, wanted: tuple[str, ...], optional: tuple[str, ...]) -> pa.Table:
    with pa_csv.open_csv(path) as headed:
        there = headed.schema.names
    _require_columns(path, there, wanted)
    names = [*wanted, *(name for name in optional if there.count(name) == 1)]
    texts = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), include_columns=names, strings_can_be_null=False
    )
    parse = pa_csv.ParseOptions(newlines_in_values=True)
    return pa_csv.read_csv(path, convert_options=texts, parse_options=parse)


def _require_columns(path: Path, there: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if there.count(name) != 1:
            raise InputError(
                f"there is no column `{name}`" if name not in there else f"there are two columns `{name}`",
                where=str(path),
                value=", ".join(there),
                remedy="name it with --ring-column, --account-column or --bad-column",
            )
