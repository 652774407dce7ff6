"""Reversals that are ready as files, which a person reads, strikes accounts out of, and carries out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from graphrisk.enforce.proposal import Proposal, ProposedAccount
from graphrisk.errors import InputError, NotFoundError
from graphrisk.model.times import naive_utc
from graphrisk.stores.file_set import write_files


@dataclass(frozen=True, slots=True)
class _Told:
    """What the file holds. made_at: ISO 8601, UTC."""

    proposal_id: str
    case_id: str
    made_at: str
    accounts: tuple[ProposedAccount, ...]


class ProposalFiles:
    """Fits flows.enforcement.appeal.ProposalWriter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_proposal(self, proposal_id: str) -> Path | None:
        place = self._place(proposal_id)
        return place if place.is_file() else None

    def write_proposal(self, proposal: Proposal) -> Path:
        """In the place of any that is about the same case."""
        told = _Told(
            proposal.proposal_id, proposal.case_id, f"{proposal.made_at.isoformat()}Z", proposal.accounts
        )
        place = self._place(proposal.proposal_id)
        write_files(self._folder, {place.name: msgspec.json.format(msgspec.json.encode(told), indent=1)})
        return place

    def _place(self, proposal_id: str) -> Path:
        return self._folder / f"{proposal_id}.json"


def read_proposal(path: Path) -> Proposal:
    """Raises NotFoundError, InputError."""
    try:
        told = msgspec.json.decode(path.read_bytes(), type=_Told)
        made_at = naive_utc(datetime.fromisoformat(told.made_at))
    except FileNotFoundError as error:
        raise NotFoundError("there is no such file", where=str(path)) from error
    except (OSError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise InputError(
            f"not a reversal as graphrisk writes it: {str(error).splitlines()[0]}", where=str(path),
            remedy="take accounts out whole, from { to }, or import the appeals again",
        ) from error  # fmt: skip
    return Proposal(told.proposal_id, told.case_id, made_at, told.accounts)
