"""Starts the executions that verify direct uploads (mender contract 4.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluiceway.domain.direct_upload import DirectUpload
from sluiceway.runtime.executions import START_ERRORS, name_of, start_once
from sluiceway.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsVerifications:
    """Implements `Verifications`. The client is made when it is first needed."""

    client: Callable[[], SFNClient]
    machine: str
    """ARN of the state machine."""

    def start(self, upload: DirectUpload) -> None:
        """Start the execution of an attempt; a start that fails is logged, and the tick starts the next one."""
        name = name_of(upload.workspace, upload.id, upload.attempt)
        try:
            start_once(self.client(), self.machine, name, {"workspace": upload.workspace, "upload_id": upload.id})
        except START_ERRORS as error:
            logger.warning(
                "a direct upload is not being verified yet; the tick will start it again",
                upload=upload.id,
                attempt=upload.attempt,
                reason=str(error),
            )
