"""The table and the buckets are kept, encrypted in transit and closed to strangers."""

from __future__ import annotations

import pytest

from sluiceway.storage.table import INDEX_KEYS, INDEX_PROJECTIONS
from tests.infra.assembly import Assembly, Properties, Resource

BUCKETS = ("Artifacts", "AccessLogs")


@pytest.fixture(scope="module")
def table(assembly: Assembly) -> Resource:
    return assembly.one("AWS::DynamoDB::GlobalTable", "Table")


def test_the_table_can_be_restored_and_not_be_deleted(table: Resource) -> None:
    (replica,) = table.properties["Replicas"]
    assert replica["DeletionProtectionEnabled"] is True
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table.definition["DeletionPolicy"] == table.definition["UpdateReplacePolicy"] == "Retain"


def test_the_table_bills_on_demand_forgets_by_ttl_and_streams_both_images(table: Resource) -> None:
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert table.properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table.properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_indexes_are_those_that_the_storage_layer_knows(table: Resource) -> None:
    assert key_attributes(table.properties) == INDEX_KEYS[None]
    indexes = {index["IndexName"]: index for index in table.properties["GlobalSecondaryIndexes"]}
    assert {name: key_attributes(index) for name, index in indexes.items()} == {
        name: keys for name, keys in INDEX_KEYS.items() if name is not None
    }
    projected = {name: tuple(index["Projection"].get("NonKeyAttributes", ())) for name, index in indexes.items()}
    assert projected == INDEX_PROJECTIONS
    kinds = {name: index["Projection"]["ProjectionType"] for name, index in indexes.items()}
    assert kinds == {"GSI1": "INCLUDE", "GSI2": "KEYS_ONLY"}


def key_attributes(described: Properties) -> tuple[str, ...]:
    by_role = {key["KeyType"]: key["AttributeName"] for key in described["KeySchema"]}
    return by_role["HASH"], by_role["RANGE"]


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_private_encrypted_and_kept(assembly: Assembly, name: str) -> None:
    bucket = assembly.one("AWS::S3::Bucket", name)
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket.properties["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket.properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket.definition["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_refuses_everybody_without_tls_1_2(assembly: Assembly, name: str) -> None:
    policy = assembly.one("AWS::S3::BucketPolicy", f"{name}Policy")
    denied = [
        statement["Condition"]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "s3:*", {"AWS": "*"})
        and [assembly.render(on) for on in statement["Resource"]] == [f"${{{name}.Arn}}", f"${{{name}.Arn}}/*"]
    ]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in denied


def test_artifacts_keep_their_versions_and_who_read_them_is_logged(assembly: Assembly) -> None:
    properties = assembly.one("AWS::S3::Bucket", "Artifacts").properties
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert assembly.render(properties["LoggingConfiguration"]["DestinationBucketName"]) == "${AccessLogs}"


def test_unclaimed_uploads_and_replaced_logs_are_gone_after_a_day_and_nothing_else_expires(assembly: Assembly) -> None:
    rules = assembly.one("AWS::S3::Bucket", "Artifacts").properties["LifecycleConfiguration"]["Rules"]
    abandoned, replaced, unclaimed = sorted(rules, key=lambda rule: rule["Id"])
    assert abandoned["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert not {"ExpirationInDays", "NoncurrentVersionExpiration"} & set(abandoned)
    assert (replaced["Prefix"], replaced["NoncurrentVersionExpiration"]) == ("logs/", {"NoncurrentDays": 1})
    assert "ExpirationInDays" not in replaced
    assert unclaimed["Prefix"] == "incoming/"
    assert unclaimed["ExpirationInDays"] == 1
    assert unclaimed["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_the_signing_key_is_made_of_64_characters_by_aws(assembly: Assembly) -> None:
    secret = assembly.one("AWS::SecretsManager::Secret", "SigningKey")
    assert secret.properties["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}
    assert secret.definition["DeletionPolicy"] == "Retain"
