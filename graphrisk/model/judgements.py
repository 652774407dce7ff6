"""What a person said about an account, an identifier, a link or a ring: who, when, why, until when.

A judgement is never changed and never deleted; it is withdrawn by another one. Its name is a digest of all
that it says, so that the same judgement has the same name in every workspace, and two tables of judgements
are merged by taking the rows of both.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from graphrisk.model.tables import TIME

JUDGED_SIGNAL = "judged_rings"  # of a ring's score: what rings that were judged before add to it
_BY_PRIOR = "prior"  # as flows.suspect.Method has it
_NAME_CHARS = 26  # 130 bits: nobody makes two judgements of one name


class Subject(StrEnum):
    """What is judged."""

    ACCOUNT = "account"
    IDENTIFIER = "identifier"
    LINK = "link"  # that an account holds an identifier
    RING = "ring"
    JUDGEMENT = "judgement"  # an earlier one, to withdraw it


class Ruling(StrEnum):
    """What is said of it. What each means for each subject: docs/judgements.md."""

    CONFIRM = "confirm"
    REJECT = "reject"
    UNSURE = "unsure"  # recorded and shown; changes no number
    WITHDRAW = "withdraw"  # of a judgement, and of nothing else


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What is judged, by the fields that its subject has (see FIELDS); the others are empty texts."""

    subject: Subject
    account_id: str = ""
    kind: str = ""
    identifier: str = ""
    ring_id: str = ""
    withdraws: str = ""


# The fields of a Target that name it.
FIELDS: dict[Subject, tuple[str, ...]] = {
    Subject.ACCOUNT: ("account_id",),
    Subject.IDENTIFIER: ("kind", "identifier"),
    Subject.LINK: ("account_id", "kind", "identifier"),
    Subject.RING: ("ring_id",),
    Subject.JUDGEMENT: ("withdraws",),
}


@dataclass(frozen=True, slots=True)
class RingState:
    """A ring as it was when it was judged.

    as_of: of the run that found it, naive UTC. scale: by what its score was made (score_scale); scores of two
    scales cannot be compared. odds: natural log odds of its score, before judged rings had a say in it. core,
    fringe: account ids, sorted.
    """

    run_id: str
    as_of: datetime
    scale: str
    odds: float
    core: tuple[str, ...]
    fringe: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(sorted((*self.core, *self.fringe)))


@dataclass(frozen=True, slots=True)
class Judgement:
    """judged_at, expires_at: naive UTC; from judged_at on it is known, from expires_at on it counts no
    longer, None for never. ring: of a ring that is judged, else None. judgement_id: `J-` and a digest of
    everything else, made once, because all order is by it."""

    target: Target
    ruling: Ruling
    judged_by: str
    judged_at: datetime
    reason: str
    expires_at: datetime | None = None
    ring: RingState | None = None
    judgement_id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judgement_id", self._name())

    def _name(self) -> str:
        target = self.target
        said = [
            target.subject, target.account_id, target.kind, target.identifier, target.ring_id,
            target.withdraws, self.ruling, self.judged_by, self.judged_at.isoformat(), self.reason,
            None if self.expires_at is None else self.expires_at.isoformat(),
            None if self.ring is None else ring_text(self.ring),
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(said).encode()).digest()
        return "J-" + base64.b32encode(digest).decode("ascii")[:_NAME_CHARS]

    def order(self) -> tuple[datetime, str]:
        """Judgements in the order in which they were passed; of the same instant by name."""
        return self.judged_at, self.judgement_id


def ring_text(ring: RingState) -> str:
    """One line of JSON in ASCII without semicolons, which no table format and no spreadsheet changes."""
    told = {
        "run_id": ring.run_id, "as_of": ring.as_of.isoformat(), "scale": ring.scale, "odds": ring.odds,
        "core": list(ring.core), "fringe": list(ring.fringe),
    }  # fmt: skip
    return json.dumps(told).replace(";", "\\u003b")


def ring_from_text(text: str) -> RingState:
    """Raises ValueError for what ring_text has not written."""
    told = json.loads(text)
    if not isinstance(told, dict) or set(told) != {"run_id", "as_of", "scale", "odds", "core", "fringe"}:
        raise ValueError("run_id, as_of, scale, odds, core and fringe are wanted, and nothing else")
    sides = told["core"], told["fringe"]
    texts = [told["run_id"], told["as_of"], told["scale"]]
    for side in sides:
        if not isinstance(side, list):
            raise ValueError("core and fringe are lists")
        texts += side
    if not all(isinstance(each, str) for each in texts):
        raise ValueError("run_id, as_of, scale and account ids are texts")
    "".join(texts).encode()  # half a character: UnicodeEncodeError is a ValueError
    odds = told["odds"]
    if isinstance(odds, bool) or not isinstance(odds, int | float) or not -1e6 < odds < 1e6:
        raise ValueError("odds is a number between -1e6 and 1e6")
    as_of = datetime.fromisoformat(told["as_of"])
    if as_of.tzinfo is not None:
        raise ValueError("as_of is UTC, without a zone")
    core, fringe = (tuple(sorted(set(side))) for side in sides)
    if not core or set(core) & set(fringe):
        raise ValueError("a ring has a core, and nobody is in core and fringe")
    return RingState(told["run_id"], as_of, told["scale"], float(odds), core, fringe)


def score_scale(method: str, prior_digest: str | None) -> str:
    """By what a run scored its rings. method, prior_digest: as its parameters have them; company scores alike
    whatever prior there is."""
    return f"{method} {prior_digest}" if method == _BY_PRIOR else method


def check_judgement(judgement: Judgement) -> None:
    """Raises ValueError, in words for whoever wrote it, for one that says nothing or contradicts itself."""
    target = judgement.target
    for text in (target.account_id, target.kind, target.identifier, target.ring_id, target.withdraws,
                 judgement.judged_by, judgement.reason):  # fmt: skip
        text.encode()  # half a character from elsewhere: UnicodeEncodeError is a ValueError
    wanted = set(FIELDS[target.subject])
    for name in ("account_id", "kind", "identifier", "ring_id", "withdraws"):
        if bool(getattr(target, name)) != (name in wanted):
            needs = "needs" if name in wanted else "has no"
            raise ValueError(f"a judgement of subject {target.subject} {needs} {name}")
    if (judgement.ruling is Ruling.WITHDRAW) != (target.subject is Subject.JUDGEMENT):
        raise ValueError("judgements are withdrawn, and everything else is confirmed, rejected or unsure")
    if (judgement.ring is not None) != (target.subject is Subject.RING):
        raise ValueError("a judgement of a ring needs ring_state, its members then, and no other has it")
    if not judgement.judged_by.strip() or not judgement.reason.strip():
        raise ValueError("a judgement says by whom and why")
    if judgement.expires_at is not None and judgement.expires_at <= judgement.judged_at:
        raise ValueError("a judgement expires after it was passed")
    if judgement.expires_at is not None and judgement.ruling is Ruling.WITHDRAW:
        raise ValueError("a withdrawal does not expire: judge anew")


# The table of judgements, in a workspace and between two. Empty texts are null.
JUDGEMENT = pa.schema(
    [
        pa.field("judgement_id", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),  # Ruling
        pa.field("account_id", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("identifier", pa.string()),
        pa.field("ring_id", pa.string()),
        pa.field("withdraws", pa.string()),
        pa.field("judged_by", pa.string(), nullable=False),
        pa.field("judged_at", TIME, nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("expires_at", TIME),
        pa.field("ring_state", pa.string()),  # ring_text
    ]
)

# Found by a run: what stood at its as-of, and what it did.
JUDGEMENT_HELD = pa.schema(
    [
        *(field for field in JUDGEMENT if field.name != "withdraws"),
        pa.field("effect", pa.string(), nullable=False),
    ]
)

# The labels that judgements gave, which the run heard beside those of the tables.
JUDGED_LABEL = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),  # model.verdicts.Verdict
        pa.field("reported_at", TIME, nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # whose judgement, of what, and why
        pa.field("judgement_id", pa.string(), nullable=False),
    ]
)


def as_row(judgement: Judgement) -> dict[str, str | datetime | None]:
    """One row of JUDGEMENT."""
    target = judgement.target
    return {
        "judgement_id": judgement.judgement_id,
        "subject": target.subject.value,
        "verdict": judgement.ruling.value,
        "account_id": target.account_id or None,
        "kind": target.kind or None,
        "identifier": target.identifier or None,
        "ring_id": target.ring_id or None,
        "withdraws": target.withdraws or None,
        "judged_by": judgement.judged_by,
        "judged_at": judgement.judged_at,
        "reason": judgement.reason,
        "expires_at": judgement.expires_at,
        "ring_state": None if judgement.ring is None else ring_text(judgement.ring),
    }
