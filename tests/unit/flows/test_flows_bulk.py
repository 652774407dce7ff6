"""What the command that imports the files is made of, and what its script does with it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest

from graphrisk.errors import NotFoundError
from graphrisk.flows.bulk import SCRIPT, BulkOrder, BulkReport, FileSize, write_bulk
from graphrisk.model.graph_schema import NodeSchema, RelationshipSchema, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS

SCHEMA = graph_schema(BUILT_IN_KINDS)
ORDER = BulkOrder("run-1", "neo4j")
FOLDER = "a (b)+, 'c'; $(touch owned)"
COMMAND = [
    "database", "import", "full", "neo4j", "--input-type=parquet", "--id-type=integer",
    "--nodes=Account=./nodes-Account.parquet", "--nodes=Identifier:Device=./nodes-Device.parquet",
    "--relationships=USED_DEVICE=./relationships-USED_DEVICE.parquet",
]  # fmt: skip


@dataclass(frozen=True)
class Content:
    """Rows of some labels and relationship types; the rest has none."""

    row_counts: dict[str, int]

    def read_nodes(self, schema: NodeSchema) -> pa.RecordBatchReader:
        return self._rows(schema.label)

    def read_relationships(self, schema: RelationshipSchema) -> pa.RecordBatchReader:
        return self._rows(schema.type)

    def _rows(self, name: str) -> pa.RecordBatchReader:
        return pa.table({"id": ["'; rm -rf ~"] * self.row_counts.get(name, 0)}).to_reader()


@dataclass
class Files:
    scripts: dict[str, str] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)

    def write_table(self, name: str, rows: pa.RecordBatchReader) -> FileSize:
        self.tables.append(name)
        return FileSize(rows.read_all().num_rows, 100)

    def write_script(self, name: str, text: str) -> None:
        self.scripts[name] = text


def bulk(files: Files, **row_counts: int) -> BulkReport:
    return write_bulk(Content(row_counts), files, SCHEMA, ORDER, lambda _: None)


def test_what_has_no_rows_is_not_imported_and_no_text_of_the_data_is_in_the_command() -> None:
    report = bulk(Files(), Account=3, Device=1, USED_DEVICE=3)
    assert list(report.command) == ["neo4j-admin", *COMMAND]
    assert report.run_id == "run-1"


def test_nodes_are_read_before_the_relationships_that_need_their_numbers() -> None:
    files = Files()
    bulk(files, Account=3)
    kinds = [name.partition("-")[0] for name in files.tables]
    assert kinds == ["nodes"] * len(SCHEMA.nodes) + ["relationships"] * len(SCHEMA.relationships)


def test_a_workspace_without_accounts_gives_no_script() -> None:
    files = Files()
    with pytest.raises(NotFoundError, match="nothing to import"):
        bulk(files, USED_DEVICE=3)
    assert files.scripts == {}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """import.sh in a folder with a hostile name, beside programs that tell how they were called."""
    files = Files()
    bulk(files, Account=3, Device=1, USED_DEVICE=3)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("neo4j-admin", "docker"):
        program = tmp_path / "bin" / name
        told = f'printf "%s\\0" {name} "$PWD" "$@"; exit "${{STATUS-0}}"'
        program.write_text(f"#!/bin/sh\n{told}\n", encoding="utf-8")
        program.chmod(0o755)
    path = tmp_path / FOLDER / SCRIPT
    path.write_text(files.scripts[SCRIPT], encoding="utf-8")
    return path


def run(script: Path, *flags: str) -> list[str]:
    """The called program, its current folder, its arguments."""
    elsewhere = script.parents[1]
    path = f"{elsewhere / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(
        ["/bin/sh", script, *flags], cwd=elsewhere, env={"PATH": path, "TMPDIR": str(elsewhere)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert list(elsewhere.rglob("owned")) == []
    return done.stdout.split("\0")[:-1]


def test_the_script_calls_the_importer_in_its_own_folder_and_hands_on_further_flags(script: Path) -> None:
    program, folder, *arguments = run(script, "--overwrite-destination", "--threads=1")
    assert (program, folder) == ("neo4j-admin", str(script.parent))
    *arguments, report, first, second = arguments
    assert arguments == COMMAND
    assert (first, second) == ("--overwrite-destination", "--threads=1")
    assert Path(report.removeprefix("--report-file=")).parent == script.parents[1]


def test_the_script_ends_as_the_importer_does(script: Path) -> None:
    path = f"{script.parents[1] / 'bin'}:/usr/bin:/bin"
    for status, flags in ((70, ()), (3, ("--compose",))):
        variables = {"PATH": path, "STATUS": str(status)}
        done = subprocess.run(["/bin/sh", script, *flags], env=variables, capture_output=True, check=False)
        assert done.returncode == status


def test_the_script_calls_the_importer_in_a_container_that_sees_the_folder(script: Path) -> None:
    program, folder, *arguments = run(script, "--compose", "--overwrite-destination")
    assert (program, folder) == ("docker", str(script.parents[1]))
    assert arguments == [
        "compose", "run", "--rm", "--no-deps", "-T", "--volume", f"{script.parent}:/bulk:ro",
        "--workdir", "/bulk", "neo4j", "neo4j-admin", *COMMAND,
        "--report-file=/var/tmp/import.report", "--overwrite-destination",
    ]  # fmt: skip
