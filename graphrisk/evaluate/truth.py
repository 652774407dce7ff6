"""What is really so: the rings and the bad accounts that a run is scored against."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TRUE_MEMBER = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
    ]
)
TRUE_TYPOLOGY = pa.schema(
    [
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("typology", pa.string(), nullable=False),
    ]
)
TRUE_ACCOUNT = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("is_bad", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Truth:
    """members: TRUE_MEMBER, an account may be in several rings. typologies: TRUE_TYPOLOGY, what kind of ring
    it is, for some or all, once each; None where nobody says.
    accounts: TRUE_ACCOUNT. With it, only the accounts that it names and the ring members are judged.
    None: every account of the run is judged, and an account is bad exactly when it is in a true ring.
    """

    members: pa.Table
    accounts: pa.Table | None = None
    typologies: pa.Table | None = None
