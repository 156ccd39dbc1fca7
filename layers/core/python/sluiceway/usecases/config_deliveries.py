"""What a device may read beside its deployments: what those are made of, and nothing else (miru contract 8.4, 8.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sluiceway.domain.config_deployment import ConfigDeployment
from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.errors import NoSuchRecord
from sluiceway.domain.git_commit import GitCommit
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.config_deployment_items import read_config_deployment
from sluiceway.storage.config_instance_items import read_config_instance
from sluiceway.storage.config_release_items import read_config_release
from sluiceway.storage.config_type_items import read_config_type
from sluiceway.storage.git_commit_items import read_git_commit
from sluiceway.storage.paging import read_all
from sluiceway.usecases.config_bodies import load_permitted_body
from sluiceway.usecases.config_records import find_mixed_records, find_records, load_record
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Parts:
    """What deployments are made of, by id; what was not asked for is empty."""

    releases: Mapping[str, ConfigRelease] = field(default_factory=dict)
    commits: Mapping[str, GitCommit] = field(default_factory=dict)
    instances: Mapping[str, ConfigInstance] = field(default_factory=dict)
    types: Mapping[str, ConfigType] = field(default_factory=dict)
    """Those of the instances."""


@dataclass(frozen=True, slots=True)
class WantedParts:
    """What is asked for; the commits are those of the releases."""

    releases: bool = False
    commits: bool = False
    instances: bool = False


def load_parts(service: Service, workspace: str, deployments: Sequence[ConfigDeployment], wanted: WantedParts) -> Parts:
    """Read the parts of deployments in two batches at most, whatever their number."""
    first = find_mixed_records(
        service,
        workspace,
        {
            ConfigKind.RELEASE: {each.release_id for each in deployments if wanted.releases},
            ConfigKind.INSTANCE: {one for each in deployments if wanted.instances for one in each.instance_ids},
        },
    )
    releases = {each: read_config_release(workspace, item) for each, item in first[ConfigKind.RELEASE].items()}
    instances = {each: read_config_instance(workspace, item) for each, item in first[ConfigKind.INSTANCE].items()}
    commits = {each.git_commit_id for each in releases.values() if wanted.commits} - {""}
    second = find_mixed_records(
        service,
        workspace,
        {ConfigKind.GIT_COMMIT: commits, ConfigKind.TYPE: {each.type_id for each in instances.values()}},
    )
    return Parts(
        releases=releases,
        commits={each: read_git_commit(workspace, item) for each, item in second[ConfigKind.GIT_COMMIT].items()},
        instances=instances,
        types={each: read_config_type(workspace, item) for each, item in second[ConfigKind.TYPE].items()},
    )


def content_for_device(service: Service, state: ConfigState, instance_id: str) -> str:
    """Read the content of an instance that was ever handed over to the device. Raises NotFound for any other."""
    workspace = state.device.workspace
    if not is_possible_id(instance_id):
        raise NoSuchRecord(ConfigKind.INSTANCE, instance_id)
    handed = keys.handed_instance(workspace, state.device.id, instance_id)
    content = load_permitted_body(service, workspace, ConfigKind.INSTANCE, instance_id, handed)
    if content is None:
        raise NoSuchRecord(ConfigKind.INSTANCE, instance_id)
    return content


def release_for_device(service: Service, state: ConfigState, release_id: str) -> ConfigRelease:
    """Read the release of one of the device's deployments. Raises NotFound for any other."""
    if all(each.release_id != release_id for each in _deployments(service, state)):
        raise NoSuchRecord(ConfigKind.RELEASE, release_id)
    workspace = state.device.workspace
    return read_config_release(workspace, load_record(service, workspace, ConfigKind.RELEASE, release_id))


def commit_for_device(service: Service, state: ConfigState, commit_id: str) -> GitCommit:
    """Read the commit of a release of one of the device's deployments. Raises NotFound for any other."""
    workspace, ids = state.device.workspace, {each.release_id for each in _deployments(service, state)}
    releases = find_records(service, workspace, ConfigKind.RELEASE, ids)
    if all(read_config_release(workspace, each).git_commit_id != commit_id for each in releases.values()):
        raise NoSuchRecord(ConfigKind.GIT_COMMIT, commit_id)
    return read_git_commit(workspace, load_record(service, workspace, ConfigKind.GIT_COMMIT, commit_id))


def _deployments(service: Service, state: ConfigState) -> Iterator[ConfigDeployment]:
    """Give the device's deployments, and read those that are over only when they are needed."""
    yield from state.live.values()
    workspace = state.device.workspace
    for record in read_all(service.table, keys.archived_config_deployments(workspace, state.device.id)):
        yield read_config_deployment(workspace, record.item)
