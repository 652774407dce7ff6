"""What a label says about an account."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """BAD and GOOD are seeds for propagation; UNKNOWN is kept for the record and seeds nothing."""

    BAD = "bad"
    GOOD = "good"
    UNKNOWN = "unknown"


# The words (case-folded) that a label column may carry without a `verdicts` table in the mapping.
VERDICT_WORDS: dict[str, Verdict] = {
    **dict.fromkeys(
        (
            "bad",
            "fraud",
            "fraudulent",
            "fraudster",
            "abuse",
            "abuser",
            "chargeback",
            "scam",
            "banned",
            "sybil",
            "confirmed_fraud",
            "positive",
            "malicious",
            "1",
            "1.0",
            "true",
            "t",
            "yes",
            "y",
        ),
        Verdict.BAD,
    ),
    **dict.fromkeys(
        (
            "good",
            "legit",
            "legitimate",
            "innocent",
            "genuine",
            "honest",
            "clean",
            "cleared",
            "normal",
            "benign",
            "ok",
            "not_fraud",
            "non_fraud",
            "negative",
            "0",
            "0.0",
            "false",
            "f",
            "no",
            "n",
        ),
        Verdict.GOOD,
    ),
    **dict.fromkeys(("unknown", "unsure", "unlabelled", "unlabeled", "pending", "2", "-1"), Verdict.UNKNOWN),
}
