"""What outlives every deployment of code: the table, the bucket and the key that signs tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.constructs.access import Machines, Resources
from sluiceway.artifacts.object_keys import INCOMING, LOGS
from sluiceway.storage.table import INDEX_KEYS, INDEX_PROJECTIONS, IndexName

if TYPE_CHECKING:
    from constructs import Construct

DEVICES_OF_DEPLOYMENT_INDEX: IndexName = "GSI1"
DUE_INDEX: IndexName = "GSI2"

SIGNING_KEY_LENGTH = 64
"""Characters of 62 kinds: 381 bits, above the 256 that HMAC-SHA256 can use."""

EVENT_BUS_NAME = "default"
"""Every account has it, and rules of the owner's on it."""

ACCESS_LOG_RETENTION = Duration.days(90)


class DataStack(Stack):
    """The table, the private bucket and the signing key; kept when the stack is deleted."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.table = self._make_table()
        self.bucket = self._make_bucket()
        self.signing_key_arn = self._make_signing_key()
        CfnOutput(self, "TableName", value=self.table.table_name)
        CfnOutput(self, "BucketName", value=self.bucket.bucket_name)
        CfnOutput(self, "SigningKeyArn", value=self.signing_key_arn)

    def resources(self, indexes: tuple[str, ...], machines: Machines) -> Resources:
        """What the functions of a stack work on."""
        bus = self.format_arn(service="events", resource="event-bus", resource_name=EVENT_BUS_NAME)
        return Resources(self.table, indexes, self.bucket, self.signing_key_arn, machines, bus)

    def _make_table(self) -> dynamodb.TableV2:
        partition_key, sort_key = INDEX_KEYS[None]
        return dynamodb.TableV2(
            self,
            "Table",
            partition_key=_text(partition_key),
            sort_key=_text(sort_key),
            global_secondary_indexes=[_index(name) for name in INDEX_PROJECTIONS],
            billing=dynamodb.Billing.on_demand(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            time_to_live_attribute="ttl",
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        )

    def _make_bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Artifacts",
            **_PRIVATE,
            versioned=True,
            server_access_logs_bucket=self._make_log_bucket(),
            lifecycle_rules=[
                s3.LifecycleRule(id="abandoned-uploads", abort_incomplete_multipart_upload_after=Duration.days(1)),
                s3.LifecycleRule(
                    id="unclaimed-uploads",
                    prefix=f"{INCOMING}/",
                    expiration=Duration.days(1),
                    noncurrent_version_expiration=Duration.days(1),
                ),
                s3.LifecycleRule(id="replaced-logs", prefix=f"{LOGS}/", noncurrent_version_expiration=Duration.days(1)),
            ],
        )

    def _make_log_bucket(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "AccessLogs",
            **_PRIVATE,
            lifecycle_rules=[s3.LifecycleRule(id="expire", expiration=ACCESS_LOG_RETENTION)],
        )

    def _make_signing_key(self) -> str:
        secret = secretsmanager.Secret(
            self,
            "SigningKey",
            description="Signs the tokens of users, devices and downloads. Whoever changes it ends every session.",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=SIGNING_KEY_LENGTH, exclude_punctuation=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        # Not `secret.secret_arn`: that is a Ref, for which the local engine has the name, and policies need the ARN.
        return cast("secretsmanager.CfnSecret", secret.node.default_child).attr_id


_PRIVATE: dict[str, Any] = {
    "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
    "encryption": s3.BucketEncryption.S3_MANAGED,
    "enforce_ssl": True,
    "minimum_tls_version": 1.2,
    "object_ownership": s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    "removal_policy": RemovalPolicy.RETAIN,
}


def _index(name: IndexName) -> dynamodb.GlobalSecondaryIndexPropsV2:
    partition_key, sort_key = INDEX_KEYS[name]
    attributes = list(INDEX_PROJECTIONS[name])
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=name,
        partition_key=_text(partition_key),
        sort_key=_text(sort_key),
        projection_type=dynamodb.ProjectionType.INCLUDE if attributes else dynamodb.ProjectionType.KEYS_ONLY,
        non_key_attributes=attributes or None,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
