"""Configurations in a seeded workspace: one deployment in each state that a route needs, made by the use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sluiceway.domain.config_deployment import Deploy, Target
from sluiceway.domain.config_schema import SchemaFormat, SchemaLanguage
from sluiceway.usecases.config_deployments import change_config_deployment
from sluiceway.usecases.config_devices import create_config_device
from sluiceway.usecases.config_git_commits import CommitRef, NewGitCommit, create_git_commit
from sluiceway.usecases.config_releases import NewConfigRelease, create_config_release, set_custom_validation
from sluiceway.usecases.config_schemas import NewConfigSchema, NewDocument, TypeRef, create_config_schema
from sluiceway.usecases.config_types import NewConfigType, create_config_type
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.create_config_instances import NewConfigInstance, create_config_instance
from sluiceway.usecases.service import Service
from tests.support.app import NOW

SLUG = "drivetrain"
SCHEMA = '{"type": "object", "properties": {"max_speed_mps": {"type": "number", "maximum": 2}}}'
CONTENT = '{"max_speed_mps": 1.0}\n'


@dataclass(frozen=True, slots=True)
class ConfigSeeds:
    """Ids of one of everything.

    `device` has `deployed`; `staged`, `drifted`, `pending` and `validating` wait, each of a release of its own; the
    releases `unused` and that of `deployed` are free for more. All have the one schema.
    """

    device: str
    type: str
    schema: str
    commit: str
    instance: str
    release: str
    unused: str
    deployed: str
    staged: str
    drifted: str
    pending: str
    validating: str


def seed_configs(service: Service, workspace: str) -> ConfigSeeds:
    """Fill a workspace with configurations."""
    made = _Maker(service, workspace)
    commit = create_git_commit(
        service, workspace, NewGitCommit("abc", "slow down", "https://github.com/acme/carts.git"), NOW
    )
    releases = [made.release(f"v{number}", commit.id) for number in range(1, 7)]
    drifted = made.deployment(releases[1])
    deployed = made.deployment(releases[0])
    change_config_deployment(service, workspace, deployed, Deploy(approves=True), NOW)
    set_custom_validation(service, workspace, releases[4], NOW, custom=True)
    return ConfigSeeds(
        device=made.device,
        type=made.type,
        schema=made.schema,
        commit=commit.id,
        instance=made.instance,
        release=releases[0],
        unused=releases[5],
        deployed=deployed,
        staged=made.deployment(releases[2]),
        drifted=drifted,
        pending=made.deployment(releases[3], approved=False),
        validating=made.deployment(releases[4]),
    )


class _Maker:
    """One device, type, schema and instance, and what is made of them."""

    def __init__(self, service: Service, workspace: str) -> None:
        self._service, self._workspace, self._moment = service, workspace, NOW
        self.type = create_config_type(service, workspace, NewConfigType("Drivetrain", SLUG), NOW).id
        new = NewConfigSchema(
            TypeRef(slug=SLUG), SchemaLanguage.JSON_SCHEMA, SchemaFormat.JSON, (NewDocument("drive.json", SCHEMA),)
        )
        self.schema = create_config_schema(service, workspace, new, NOW).id
        self.instance = create_config_instance(service, workspace, NewConfigInstance(self.schema, CONTENT), NOW).id
        self.device = create_config_device(service, workspace, "cart-7", NOW).id

    def release(self, version: str, commit_id: str) -> str:
        new = NewConfigRelease(version, (self.schema,), CommitRef(commit_id))
        return create_config_release(self._service, self._workspace, new, NOW).id

    def deployment(self, release_id: str, *, approved: bool = True) -> str:
        """Stage one; each is made a second after the one before."""
        new = NewConfigDeployment(self.device, release_id, Target.STAGED, (self.instance,), approved=approved)
        self._moment += timedelta(seconds=1)
        return create_config_deployment(self._service, self._workspace, new, self._moment).id
