"""botocore clients, each made when it is first used and then shared by all threads of the process."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_stepfunctions import SFNClient

_CONNECTIONS = 64
"""More than the threads of one request; in Lambda a process serves one request at a time."""


def _config(read_timeout: float, attempts: int) -> Config:
    return Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
    )


_CONFIGS = {
    # Answers come in milliseconds: what takes seconds is lost, and a retry on a new connection is not.
    "dynamodb": _config(read_timeout=2, attempts=4),
    # An artifact of some megabytes is written in one request.
    "s3": _config(read_timeout=10, attempts=3),
    "cloudwatch": _config(read_timeout=5, attempts=2),
    "events": _config(read_timeout=5, attempts=2),
    "secretsmanager": _config(read_timeout=2, attempts=4),
    # A start that fails loses a wake-up only; the device waits for the answer to its report.
    "stepfunctions": _config(read_timeout=2, attempts=2),
}


class Clients:
    """Safe to share between threads; making a client is not, so one thread at a time does it."""

    def __init__(self) -> None:
        self.session = Session()
        self._lock = Lock()
        self._made: dict[str, Any] = {}

    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    def s3(self) -> S3Client:
        """S3."""
        return cast("S3Client", self._client("s3"))

    def cloudwatch(self) -> CloudWatchClient:
        """CloudWatch."""
        return cast("CloudWatchClient", self._client("cloudwatch"))

    def event_bridge(self) -> EventBridgeClient:
        """EventBridge."""
        return cast("EventBridgeClient", self._client("events"))

    def secrets_manager(self) -> SecretsManagerClient:
        """Secrets Manager."""
        return cast("SecretsManagerClient", self._client("secretsmanager"))

    def step_functions(self) -> SFNClient:
        """Step Functions."""
        return cast("SFNClient", self._client("stepfunctions"))

    def _client(self, service: str) -> object:
        with self._lock:
            if service not in self._made:
                self._made[service] = self.session.create_client(service, config=_CONFIGS[service])
            return self._made[service]
