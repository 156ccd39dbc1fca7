"""Starts the executions that verify direct uploads (mender contract 4.1)."""

from __future__ import annotations

from sluiceway.domain.direct_upload import DirectUpload
from sluiceway.runtime.executions import StateMachine, name_of


class StepFunctionsVerifications(StateMachine):
    """Implements `Verifications`."""

    def start(self, upload: DirectUpload) -> None:
        """Start the execution of an attempt; a start that fails is logged, and the tick starts the next one."""
        self.start_or_warn(
            name_of(upload.workspace, upload.id, upload.attempt),
            {"workspace": upload.workspace, "upload_id": upload.id},
            warning="a direct upload is not being verified yet; the tick will start it again",
            upload=upload.id,
            attempt=upload.attempt,
        )
