"""Wires a package's folder to its check. No workspace is needed, and no key but a public one."""

from __future__ import annotations

from pathlib import Path

from graphrisk.enforce.signatures import read_public_key
from graphrisk.errors import ConfigError
from graphrisk.flows.enforcement.verify import VerifyReport, verify_package
from graphrisk.stores.enforcement.package_folder import PackageFolder

_MOST_KEY = 10_000  # bytes


def verify_package_folder(package: Path, key: Path | None) -> VerifyReport:
    """See flows.enforcement.verify.verify_package. Raises NotFoundError, ConfigError."""
    public_key = None
    if key is not None:
        try:
            with key.open("rb") as file:
                public_key = read_public_key(file.read(_MOST_KEY))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no public key: {error.strerror if isinstance(error, OSError) else error}",
                where="--key", value=str(key), remedy="an Ed25519 public key in PEM is wanted (signing.pub)",
            ) from error  # fmt: skip
    return verify_package(PackageFolder(package), public_key)
