"""sign: who plans and who approves say so with keys of their own, where the policy names them."""

from __future__ import annotations

from typing import Protocol

from graphrisk.enforce.people import SignatureCheck
from graphrisk.enforce.policy import Policy
from graphrisk.errors import EnforcementRefusedError


class PersonalSigner(Protocol):
    def sign_text(self, text: bytes) -> str:
        """Hexadecimal, by the person's own key."""
        ...


def sign_as(policy: Policy, by: str, text: bytes, keys: tuple[PersonalSigner | None, SignatureCheck]) -> str:
    """The signature, empty where the policy has no keys. keys: the person's, and how it is held against the
    policy's. Raises EnforcementRefusedError where it is missing, or another's."""
    known, (signer, is_signed_by) = dict(policy.approvers), keys
    if not known:
        return ""
    if by not in known:
        raise EnforcementRefusedError(
            "the policy names who plans and approves", where=by,
            remedy="ask one of the people under [approvers] in policy.toml",
        )  # fmt: skip
    if signer is None:
        raise EnforcementRefusedError(
            "the policy has a key of this person", where=by, remedy="sign with it: --key FILE"
        )
    signature = signer.sign_text(text)
    if not is_signed_by(known[by], text, signature):
        raise EnforcementRefusedError(
            "the key is not the one that the policy has for this name", where=by, remedy="--key FILE"
        )
    return signature
