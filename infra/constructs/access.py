"""What each kind of access means in IAM: the only place that grants a function anything but its own logs and traces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from sluiceway.artifacts.object_keys import ARTIFACTS, CONFIGS, INCOMING, LOGS, WORKFLOWS
from sluiceway.http.routes import Access
from sluiceway.storage.keys import CREDENTIALS

if TYPE_CHECKING:
    from aws_cdk import aws_dynamodb as dynamodb
    from aws_cdk import aws_s3 as s3


@dataclass(frozen=True, slots=True)
class Machines:
    """ARNs of the state machines."""

    retry: str
    rollout: str
    verify: str
    deliver: str


@dataclass(frozen=True, slots=True)
class Resources:
    """What functions may be granted access to, and are told the names of."""

    table: dynamodb.ITableV2
    indexes: tuple[str, ...]
    """Those that INDEX_READ opens: the index of due work holds keys of every workspace and is for workflow tasks."""
    bucket: s3.IBucket
    signing_key_arn: str
    machines: Machines
    event_bus_arn: str

    def environment(self) -> dict[str, str]:
        """The variables that `sluiceway.runtime` reads."""
        return {
            "SLUICEWAY_TABLE": self.table.table_name,
            "SLUICEWAY_BUCKET": self.bucket.bucket_name,
            "SLUICEWAY_SIGNING_KEY": self.signing_key_arn,
            "SLUICEWAY_RETRY_MACHINE": self.machines.retry,
            "SLUICEWAY_ROLLOUT_MACHINE": self.machines.rollout,
            "SLUICEWAY_VERIFY_MACHINE": self.machines.verify,
            "SLUICEWAY_DELIVER_MACHINE": self.machines.deliver,
            "SLUICEWAY_EVENT_BUS": self.event_bus_arn,
        }


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions, and the ARNs that they are allowed on."""

    actions: tuple[str, ...]
    on: Callable[[Resources], list[str]]
    partitions: tuple[str, ...] = ()
    """Patterns of the partition keys that they are bound to; empty for all."""

    @property
    def conditions(self) -> dict[str, dict[str, list[str]]]:
        """What must hold of a request."""
        bound = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(self.partitions)}}
        return bound if self.partitions else {}


def _table(resources: Resources) -> list[str]:
    return [resources.table.table_arn]


def _indexes(resources: Resources) -> list[str]:
    return [f"{resources.table.table_arn}/index/{name}" for name in resources.indexes]


def _bucket(resources: Resources) -> list[str]:
    return [resources.bucket.bucket_arn]


def _objects_of(kind: str) -> Callable[[Resources], list[str]]:
    return lambda resources: [resources.bucket.arn_for_objects(f"{kind}/*")]


_artifacts, _configs, _workflows = (_objects_of(kind) for kind in (ARTIFACTS, CONFIGS, WORKFLOWS))
_logs, _incoming = (_objects_of(kind) for kind in (LOGS, INCOMING))


def _signing_key(resources: Resources) -> list[str]:
    return [resources.signing_key_arn]


def _event_bus(resources: Resources) -> list[str]:
    return [resources.event_bus_arn]


def _all_alarms(_: Resources) -> list[str]:
    """Composite alarms are shown only to who may see all, and which alarm a plan names is known when it is made."""
    return ["*"]


def _retry_machine(resources: Resources) -> list[str]:
    return [resources.machines.retry]


def _rollout_machine(resources: Resources) -> list[str]:
    return [resources.machines.rollout]


def _verify_machine(resources: Resources) -> list[str]:
    return [resources.machines.verify]


def _deliver_machine(resources: Resources) -> list[str]:
    return [resources.machines.deliver]


GRANTS: Mapping[Access, tuple[Grant, ...]] = {
    Access.TABLE_READ: (Grant(("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"), _table),),
    Access.INDEX_READ: (Grant(("dynamodb:Query",), _indexes),),
    Access.TABLE_WRITE: (
        Grant(
            (
                "dynamodb:BatchWriteItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ),
            _table,
        ),
    ),
    Access.NOTE_USE: (Grant(("dynamodb:UpdateItem",), _table, CREDENTIALS),),
    # Not bound to a prefix: reading an object has no `s3:prefix`, and with a condition on it S3 would answer 403 again.
    Access.BUCKET_LIST: (Grant(("s3:ListBucket",), _bucket),),
    Access.ARTIFACTS_READ: (Grant(("s3:GetObject", "s3:GetObjectVersion"), _artifacts),),
    Access.ARTIFACTS_WRITE: (Grant(("s3:PutObject",), _artifacts),),
    Access.ARTIFACTS_DELETE: (Grant(("s3:DeleteObject", "s3:DeleteObjectVersion"), _artifacts),),
    Access.CONFIGS_READ: (Grant(("s3:GetObject",), _configs),),
    Access.CONFIGS_WRITE: (Grant(("s3:PutObject",), _configs),),
    Access.WORKFLOWS_READ: (Grant(("s3:GetObject",), _workflows),),
    Access.WORKFLOWS_WRITE: (Grant(("s3:PutObject",), _workflows),),
    Access.LOGS_READ: (Grant(("s3:GetObject",), _logs),),
    Access.LOGS_WRITE: (Grant(("s3:PutObject",), _logs),),
    Access.INCOMING_READ: (Grant(("s3:GetObject", "s3:GetObjectVersion", "s3:ListMultipartUploadParts"), _incoming),),
    Access.INCOMING_WRITE: (Grant(("s3:PutObject",), _incoming),),
    Access.INCOMING_DELETE: (
        Grant(("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"), _incoming),
    ),
    Access.SIGNING_KEY: (Grant(("secretsmanager:GetSecretValue",), _signing_key),),
    Access.START_RETRY: (Grant(("states:StartExecution",), _retry_machine),),
    Access.START_ROLLOUT: (Grant(("states:StartExecution",), _rollout_machine),),
    Access.WAKE_ROLLOUT: (Grant(("states:SendTaskSuccess",), _rollout_machine),),
    Access.START_VERIFICATION: (Grant(("states:StartExecution",), _verify_machine),),
    Access.START_DELIVERY: (Grant(("states:StartExecution",), _deliver_machine),),
    Access.PUT_EVENTS: (Grant(("events:PutEvents",), _event_bus),),
    Access.READ_ALARMS: (Grant(("cloudwatch:DescribeAlarms",), _all_alarms),),
}


def statements(access: Iterable[Access], resources: Resources) -> list[iam.PolicyStatement]:
    """Allow exactly this access."""
    ordered = sorted(access, key=lambda one: one.value)  # the same set, the same template
    return [
        iam.PolicyStatement(
            actions=list(grant.actions), resources=grant.on(resources), conditions=grant.conditions or None
        )
        for one in ordered
        for grant in GRANTS[one]
    ]
