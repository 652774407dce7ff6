"""What a receiver's answer to a message means. Nothing that it writes is repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Verdict(StrEnum):
    TAKEN = "taken"
    AGAIN = "again"  # another try may help
    REFUSED = "refused"  # the same message would be refused again
    GONE = "gone"  # the receiver wants no message any more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. verdict: AGAIN after the last try, too. status: of the last answer, 0 for
    none. why: in words of ours; of a message that was taken empty."""

    verdict: Verdict
    status: int
    tries: int
    why: str


NO_TIME, NO_CONNECTION, NO_ANSWER = "no answer in time", "no connection", "no answer that is HTTP"
GONE = "410: gone for good"

# Beside those of the server (5xx). 408 and 425: the message came too slowly, or too early to be safe.
_TRANSIENT = {408, 425, 429}


def judge_answer(status: int, text: str, message_id: str) -> tuple[Verdict, str]:
    """And why, in our own words. status: 100..999. text: the answer's body, or how it begins."""
    if 200 <= status < 300 or (status == 409 and _says_already(text, message_id)):
        return Verdict.TAKEN, ""
    if status == 410:
        return Verdict.GONE, GONE
    if status in _TRANSIENT or status >= 500:
        return Verdict.AGAIN, f"answered {status}"
    if 300 <= status < 400:
        return Verdict.REFUSED, f"answered {status}: redirects are not followed"
    return Verdict.REFUSED, f"answered {status}"


def _says_already(text: str, message_id: str) -> bool:
    """A conflict with the same message is none."""
    return message_id in text or "already" in text.lower()


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds from now (aware) that a Retry-After header asks for, at least 0. None where there is none that
    can be read."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        return max(0.0, (at - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
