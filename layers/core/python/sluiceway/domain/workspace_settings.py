"""What a workspace decides about the Miru dialect where the vendor keeps it in its dashboard (miru contract 1.2, 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sluiceway.domain.errors import Invalid

LONGEST_VALIDATION_SECONDS = 30 * 86_400


class HeaderlessDialect(StrEnum):
    """What a caller speaks who names no version and does not show another way which one it is."""

    APPROVALS = "approvals"
    ZION = "zion"


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """The defaults are those of a workspace where nobody decided anything."""

    headerless_dialect: HeaderlessDialect = HeaderlessDialect.APPROVALS
    validation_timeout: timedelta | None = None
    """How long a deployment waits for its validation before that counts as void; None: as long as it takes."""

    def __post_init__(self) -> None:
        """Raise Invalid for a time-out that is none."""
        most = timedelta(seconds=LONGEST_VALIDATION_SECONDS)
        if self.validation_timeout is not None and not timedelta(0) < self.validation_timeout <= most:
            raise Invalid(
                f"validation_timeout_seconds: must be from 1 to {LONGEST_VALIDATION_SECONDS}, or null for no time-out"
            )
