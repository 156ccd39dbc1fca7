"""Creating a config deployment: finding or making its instances, then putting it in its place (miru contract 5.1, 6.3).

Everything is checked before anything is stored. Who is overtaken by another deployment in between leaves instances
without a deployment, such as are made without one too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.config_deployment import ConfigDeployment, Target, refuse_creation
from sluiceway.domain.config_instance import ConfigInstance, check_files
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.errors import InstancesMismatch, InvalidReference, NotTransferable
from sluiceway.usecases.config_deployments import (
    Draft,
    get_config_deployment,
    place_config_deployment,
    refuse_parent,
    state_of_device,
)
from sluiceway.usecases.config_instances import get_config_instances
from sluiceway.usecases.config_releases import get_config_releases
from sluiceway.usecases.config_schemas import get_config_schemas
from sluiceway.usecases.create_config_instances import (
    InstanceDraft,
    NewConfigInstance,
    draft_config_instances,
    store_config_instances,
)
from sluiceway.usecases.idempotency import Once, made_before
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewConfigDeployment:
    """What to create: of instances that exist, or of new ones; with new ones, the parent's fill the gaps."""

    device_id: str
    release_id: str
    target: Target
    instance_ids: tuple[str, ...] = ()
    new_instances: tuple[NewConfigInstance, ...] | None = None
    """None when the instances are named by id."""
    approved: bool = True
    description: str = ""
    parent_id: str = ""
    planned: PlannedChoice | None = None
    """Under this plan; None for a call of the dialect."""

    @property
    def parent_field(self) -> str:
        """The member that names the parent where instances are given in this form."""
        return "parent_id" if self.new_instances is None else "patch_source_id"

    @property
    def instances_field(self) -> str:
        """The member that gives the instances in this form."""
        return "config_instance_ids" if self.new_instances is None else "new_config_instances"


@dataclass(frozen=True, slots=True)
class _Instances:
    """By schema: those that exist, and those that are to be stored."""

    existing: Mapping[str, ConfigInstance]
    drafts: Sequence[InstanceDraft] = ()

    def of(self, release: ConfigRelease) -> tuple[ConfigInstance, ...]:
        drafted = {draft.instance.schema_id: draft.instance for draft in self.drafts}
        by_schema = {**self.existing, **drafted}
        return tuple(by_schema[schema_id] for schema_id in release.schema_ids)


def create_config_deployment(
    service: Service, workspace: str, new: NewConfigDeployment, now: datetime, *, once: Once | None = None
) -> ConfigDeployment:
    """Create a deployment, or find the one that the same request created, and return it as it stands.

    Raises InvalidReference, InvalidField, InstancesMismatch, NotTransferable and what making instances raises for the
    input; ReleaseIsCurrent and ReleaseNotCurrent for what the device has now; IdempotencyMismatch; and Outdone under a
    plan.
    """
    created = made_before(service, once, now)
    if created is not None:
        return get_config_deployment(service, workspace, created)
    return place_config_deployment(service, workspace, _draft(service, workspace, new, now), now, once=once)


def check_config_content(service: Service, workspace: str, release_id: str, instance_ids: Sequence[str]) -> None:
    """Raise InvalidReference, InvalidField or InstancesMismatch for what no device could be given."""
    release = _release(service, workspace, release_id)
    instances = _Instances(_chosen(service, release, instance_ids))
    check_files(instances.of(release), field="config_instance_ids")


def _draft(service: Service, workspace: str, new: NewConfigDeployment, now: datetime) -> Draft:
    """Check everything, and store the instances that are new."""
    release = _release(service, workspace, new.release_id)
    state = state_of_device(service, workspace, new.device_id)
    refuse_parent(service, state, new.parent_id, field=new.parent_field)
    instances = _instances(service, release, new, now)
    check_files(instances.of(release), field=new.instances_field)
    refuse_creation(state.device.slot, new.target, new.device_id, new.release_id)
    store_config_instances(service, instances.drafts)
    return Draft(
        device_id=new.device_id,
        release=release,
        instance_ids=tuple(instance.id for instance in instances.of(release)),
        target=new.target,
        approved=new.approved,
        description=new.description,
        parent_id=new.parent_id,
        takes_over=new.new_instances is not None and bool(instances.existing),
        planned=new.planned,
    )


def _release(service: Service, workspace: str, release_id: str) -> ConfigRelease:
    found = get_config_releases(service, workspace, [release_id])
    if release_id not in found:
        raise InvalidReference("release_id", release_id)
    return found[release_id]


def _instances(service: Service, release: ConfigRelease, new: NewConfigDeployment, now: datetime) -> _Instances:
    if new.new_instances is None:
        return _Instances(_chosen(service, release, new.instance_ids))
    made = [each.schema_id for each in new.new_instances]
    _refuse_unknown(service, release, made)
    _refuse_mismatch(made, release, needed=())
    missing = [schema_id for schema_id in release.schema_ids if schema_id not in made]
    taken_over = _taken_over(service, release, missing, new.parent_id)
    _refuse_mismatch([*made, *taken_over], release, needed=release.schema_ids)
    return _Instances(taken_over, draft_config_instances(service, release.workspace, new.new_instances, now))


def _refuse_unknown(service: Service, release: ConfigRelease, schema_ids: Sequence[str]) -> None:
    """Raise InvalidReference for a schema that does not exist; one of another release is a mismatch."""
    foreign = [each for each in schema_ids if each not in release.schema_ids]
    found = get_config_schemas(service, release.workspace, foreign) if foreign else {}
    unknown = next((each for each in foreign if each not in found), None)
    if unknown is not None:
        raise InvalidReference("config_schema_id", unknown)


def _chosen(service: Service, release: ConfigRelease, instance_ids: Sequence[str]) -> Mapping[str, ConfigInstance]:
    found = get_config_instances(service, release.workspace, instance_ids)
    unknown = next((each for each in instance_ids if each not in found), None)
    if unknown is not None:
        raise InvalidReference("config_instance_ids", unknown)
    _refuse_mismatch([found[each].schema_id for each in instance_ids], release, needed=release.schema_ids)
    return {found[each].schema_id: found[each] for each in instance_ids}


def _taken_over(
    service: Service, release: ConfigRelease, missing: Sequence[str], parent_id: str
) -> Mapping[str, ConfigInstance]:
    """Find the parent's instances of the schemas that no new one is given for."""
    if not missing or not parent_id:
        return {}
    parent = get_config_deployment(service, release.workspace, parent_id)
    if parent.target is Target.ARCHIVED:
        raise NotTransferable(parent_id)
    found = get_config_instances(service, release.workspace, parent.instance_ids)
    return {each.schema_id: each for each in found.values() if each.schema_id in missing}


def _refuse_mismatch(schema_ids: Iterable[str], release: ConfigRelease, *, needed: Iterable[str]) -> None:
    counted = Counter(schema_ids)
    missing = [each for each in needed if each not in counted]
    duplicate = [each for each, times in counted.items() if times > 1]
    unexpected = [each for each in counted if each not in release.schema_ids]
    if missing or duplicate or unexpected:
        raise InstancesMismatch(missing=missing, duplicate=duplicate, unexpected=unexpected)
