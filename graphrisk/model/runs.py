"""The record of one detection: enough to say what was done, with what, and to do it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. All times naive UTC.

    parameters: canonical JSON. versions: name -> version of what computed it. counts: what went in and came
    out.
    seconds: stage -> wall time. The run id is derived from as_of, parameters, versions and input digest, so
    that equal input gives an equal name; timings and memory are not part of it.
    """

    run_id: str
    started_at: datetime
    as_of: datetime
    parameters: str
    input_digest: str
    seed: int
    versions: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...]
    seconds: tuple[tuple[str, float], ...]
    peak_memory_bytes: int
