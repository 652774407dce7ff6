"""What the folders of packages say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphrisk.stores.enforcement.places import EnforcementPlaces

PACKAGE_PREFIX = "PKG-"


@dataclass(frozen=True, slots=True)
class PackageMarks:
    places: EnforcementPlaces

    def names(self) -> Sequence[str]:
        """Sorted. Folders that are being built have other names."""
        if not self.places.packages.is_dir():
            return ()
        return sorted(
            path.name
            for path in self.places.packages.iterdir()
            if path.name.startswith(PACKAGE_PREFIX) and path.is_dir()
        )
