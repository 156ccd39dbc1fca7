"""What programs and devices are shown alike, as JSON in the newest version (contract 5, 8.7).

No call of a device pays for pydantic, so that nothing here imports it.
"""

from __future__ import annotations

from datetime import datetime

from miru._wire_times import nullable, rfc3339
from miru._words import Words
from sluiceway.domain.config_deployment import ConfigDeployment
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.git_commit import GitCommit
from sluiceway.usecases.config_tokens import IssuedToken


def device_record(device: ConfigDevice, now: datetime) -> dict[str, object]:
    """Render a device."""
    return {
        "object": "device",
        "id": device.id,
        "name": device.name,
        "status": str(device.presence(now)),
        "agent_version": device.agent_version or None,
        "last_connected_at": nullable(device.connected),
        "last_disconnected_at": nullable(device.disconnected(now)),
        "created_at": rfc3339(device.created),
        "updated_at": rfc3339(device.updated),
    }


def token_record(token: IssuedToken) -> dict[str, object]:
    """Render a token that was just made."""
    return {"token": token.text, "expires_at": rfc3339(token.expires)}


def deployment_record(deployment: ConfigDeployment, words: Words) -> dict[str, object]:
    """Render a deployment without what it refers to."""
    return {
        "object": "deployment",
        "id": deployment.id,
        "description": deployment.description,
        "status": words.status,
        "activity_status": str(words.activity),
        "error_status": str(words.error),
        "target_status": str(words.target),
        "device_id": deployment.device_id,
        "release_id": deployment.release_id,
        "created_at": rfc3339(deployment.created),
        "updated_at": rfc3339(deployment.updated),
    }


def release_record(release: ConfigRelease) -> dict[str, object]:
    """Render a release without what it refers to."""
    return {
        "object": "release",
        "id": release.id,
        "version": release.version,
        "git_commit_id": release.git_commit_id or None,
        "created_at": rfc3339(release.created),
        "updated_at": rfc3339(release.updated),
    }


def instance_record(instance: ConfigInstance, type_name: object) -> dict[str, object]:
    """Render an instance without what it refers to."""
    return {
        "object": "config_instance",
        "id": instance.id,
        "config_type_name": type_name,
        "filepath": instance.filepath,
        "created_at": rfc3339(instance.created),
        "config_schema_id": instance.schema_id,
        "config_type_id": instance.type_id,
    }


def git_commit_json(git_commit: GitCommit) -> dict[str, object]:
    """Render a git commit."""
    repository = git_commit.repository
    return {
        "object": "git_commit",
        "id": git_commit.id,
        "sha": git_commit.sha,
        "message": git_commit.message,
        "repository_owner": repository.owner,
        "repository_name": repository.name,
        "repository_type": str(repository.type),
        "repository_url": repository.url,
        "commit_url": git_commit.url,
        "created_at": rfc3339(git_commit.created),
    }
