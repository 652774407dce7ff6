"""Proposals as files: what is written is read, also after a person struck accounts out."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from graphrisk.enforce.proposal import Proposal, ProposedAccount
from graphrisk.errors import InputError, NotFoundError
from graphrisk.model.enforcement import Tier
from graphrisk.stores.enforcement.proposal_files import ProposalFiles, read_proposal

AT = datetime.fromisoformat("2026-03-01T12:00:00")
ACCOUNTS = (
    ProposedAccount("t1", "RING-A", Tier.RESTRICT, ("A-1", "A-2")),
    ProposedAccount("t2", "RING-A", Tier.BAN, ("A-3",)),
)
PROPOSAL = Proposal("REV-1", "CASE-1", AT, ACCOUNTS)


def test_what_is_written_is_found_and_read(tmp_path: Path) -> None:
    files = ProposalFiles(tmp_path / "reversals")
    assert files.find_proposal("REV-1") is None
    place = files.write_proposal(PROPOSAL)
    assert files.find_proposal("REV-1") == place
    assert read_proposal(place) == PROPOSAL
    assert json.loads(place.read_text())["made_at"] == "2026-03-01T12:00:00Z"


def test_accounts_may_be_struck_out(tmp_path: Path) -> None:
    place = ProposalFiles(tmp_path).write_proposal(PROPOSAL)
    told = json.loads(place.read_text())
    del told["accounts"][0]
    place.write_text(json.dumps(told))
    assert read_proposal(place).accounts == ACCOUNTS[1:]


@pytest.mark.parametrize("text", ["", "[]", '{"proposal_id": "REV-1"}', '{"made_at": "soon"}', "\ud7ff\x00"])
def test_what_is_no_proposal_is_refused(text: str, tmp_path: Path) -> None:
    place = tmp_path / "REV-1.json"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="not a reversal"):
        read_proposal(place)


@pytest.mark.parametrize(("name", "value"), [("tier", "exile"), ("action_ids", "A-1"), ("subject", None)])
def test_a_proposal_with_a_spoilt_account_is_refused(name: str, value: str | None, tmp_path: Path) -> None:
    place = ProposalFiles(tmp_path).write_proposal(PROPOSAL)
    told = json.loads(place.read_text())
    told["accounts"][0][name] = value
    place.write_text(json.dumps(told))
    with pytest.raises(InputError, match="not a reversal"):
        read_proposal(place)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_proposal(tmp_path / "REV-1.json")
