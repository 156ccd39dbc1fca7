"""Deployments as JSON, in the words of each version, and what is asked of them (contract 5.1, 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from miru._expansion import NOTHING, Tree, per_version
from miru._lists import filter_values, filter_words, passes
from miru._records import deployment_record
from miru._rendering import Rendering
from miru._versions import Version
from miru._wire_devices import devices_by_id
from miru._wire_instances import INSTANCE, instances_by_id
from miru._wire_releases import RELEASE, releases_by_id
from miru._words import ACTIVITY_WORDS, TARGET_WORDS, words_for
from sluiceway.domain.config_deployment import ConfigDeployment, Finding, Judge, Problem, Target, Trouble
from sluiceway.domain.errors import Invalid, InvalidReference
from sluiceway.domain.strict_json import write_exact_json
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body, parse_exact_body
from sluiceway.usecases.config_deployments import Effect
from sluiceway.usecases.create_config_deployment import NewConfigDeployment
from sluiceway.usecases.create_config_instances import NewConfigInstance

DEPLOYMENT = per_version(
    lambda version: {"device": {}, "release": RELEASE[version], "config_instances": INSTANCE[version]}
)
"""What can be expanded in a deployment."""
MOST_DESCRIPTION_CHARACTERS = 2000
MOST_VERDICT_BYTES = 65_536
"""It is kept with the deployment."""

Text = Annotated[str, Field(min_length=1, max_length=256)]
Description = Annotated[str, Field(max_length=MOST_DESCRIPTION_CHARACTERS)]


class _Deployment(WireModel):
    """What the bodies of all versions have."""

    description: Description
    release_id: Text
    device_id: Text


class NewTetonsDeployment(_Deployment):
    """A deployment of instances that were made before: one for each schema of the release."""

    target_status: Literal["staged", "deployed"]
    config_instance_ids: Annotated[list[Text], Field(max_length=100)]
    parent_id: Text | None = None


class InlineContent(WireModel):
    """An instance that is made with the deployment; its path is below where the device keeps them."""

    config_schema_id: Text
    relative_filepath: Text
    content: Any


class _NewContent(_Deployment):
    """New instances; those that are missing are taken over from the deployment that this one patches."""

    new_config_instances: Annotated[list[InlineContent], Field(max_length=100)]
    patch_source_id: Text | None = None


class NewZionDeployment(_NewContent):
    """A deployment of new instances."""

    target_status: Literal["staged", "deployed"]


class NewApprovalsDeployment(_NewContent):
    """The same, staged with or without the approval that deploying it takes."""

    target_status: Literal["pending", "approved", "deployed"]


class JudgedParameter(WireModel):
    """What a validation says of one value."""

    message: str
    path: list[str]


class JudgedInstance(WireModel):
    """What a validation says of one instance."""

    id: Text
    message: str
    parameters: list[JudgedParameter]


class Verdict(WireModel):
    """What a workspace's own validation says of a deployment."""

    is_valid: bool
    message: Annotated[str, Field(max_length=MOST_DESCRIPTION_CHARACTERS)]
    config_instances: Annotated[list[JudgedInstance], Field(max_length=100)]


def parse_new_deployment(request: Request, version: Version) -> NewConfigDeployment:
    """Read what to create, in the form of a version. Raises Invalid."""
    match version:
        case Version.TETONS:
            return _of_chosen(parse_body(NewTetonsDeployment, request))
        case Version.ZION:
            return _of_new(parse_exact_body(NewZionDeployment, request))
        case Version.APPROVALS:
            return _of_new(parse_exact_body(NewApprovalsDeployment, request))


def needed_scope(new: NewConfigDeployment) -> str:
    """Return the scope that creating it takes besides that of all creations (contract 3.3)."""
    return "deployments:deploy" if new.target is Target.DEPLOYED else "deployments:stage"


def parse_verdict(request: Request, deployment: ConfigDeployment) -> Judge:
    """Read what a validation says of a deployment. Raises Invalid, and InvalidReference for what is no part of it."""
    if len(request.body) > MOST_VERDICT_BYTES:
        raise Invalid(f"a verdict has at most {MOST_VERDICT_BYTES} bytes")
    body = parse_body(Verdict, request)
    foreign = next((each.id for each in body.config_instances if each.id not in deployment.instance_ids), None)
    if foreign is not None:
        raise InvalidReference("config_instances", foreign)
    return Judge(body.is_valid, body.message, tuple(_finding(each) for each in body.config_instances))


def wanted_deployments(request: Request, version: Version) -> Callable[[ConfigDeployment], bool] | None:
    """Read which deployments a list is to have, by the words that the version shows; None for all. Raises Invalid."""
    ids, devices, releases = (filter_values(request, name) for name in ("id", "device_id", "release_id"))
    targets = filter_words(request, "target_status", TARGET_WORDS[version])
    activities = filter_words(request, "activity_status", ACTIVITY_WORDS[version])
    errors = filter_words(request, "error_status", frozenset(Trouble))
    if all(sent is None for sent in (ids, devices, releases, targets, activities, errors)):
        return None

    def is_wanted(deployment: ConfigDeployment) -> bool:
        words = words_for(version, deployment)
        return (
            passes(ids, deployment.id)
            and passes(devices, deployment.device_id)
            and passes(releases, deployment.release_id)
            and passes(targets, words.target)
            and passes(activities, words.activity)
            and passes(errors, words.error)
        )

    return is_wanted


def deployment_json(rendering: Rendering, deployment: ConfigDeployment, expansions: Tree) -> dict[str, object]:
    """Render a deployment, which is as it is to be seen."""
    (shown,) = deployments_json(rendering, [deployment], expansions)
    return shown


def deployments_json(
    rendering: Rendering, deployments: Sequence[ConfigDeployment], expansions: Tree
) -> list[dict[str, object]]:
    """Render deployments, and read each kind of relation once for all of them."""
    related = _Related.read(rendering, deployments, expansions)
    return [_deployment_json(rendering, deployment, expansions, related) for deployment in deployments]


def verdict_json(effect: Effect, deployment: Mapping[str, object]) -> dict[str, object]:
    """Render what a verdict did."""
    return {"effect": str(effect), "message": _EFFECTS[effect].format(id=deployment["id"]), "deployment": deployment}


_EFFECTS = {
    Effect.STAGE: "Deployment {id} passed its validation and is staged.",
    Effect.DEPLOY: "Deployment {id} passed its validation and is on its way to its device.",
    Effect.REJECT: "Deployment {id} was rejected by validation.",
    Effect.VOID: "Deployment {id} can no longer be carried out, as its device has another release now; it is archived.",
    Effect.NONE: "Deployment {id} was not waiting for a verdict; nothing was changed.",
}


@dataclass(frozen=True, slots=True)
class _Related:
    """What deployments refer to, rendered, by id."""

    devices: Mapping[str, object]
    releases: Mapping[str, object]
    instances: Mapping[str, object]

    @staticmethod
    def read(rendering: Rendering, deployments: Sequence[ConfigDeployment], expansions: Tree) -> _Related:
        """Read only what is expanded."""
        devices = {each.device_id for each in deployments if "device" in expansions}
        releases = {each.release_id for each in deployments if "release" in expansions}
        instances = {one for each in deployments if "config_instances" in expansions for one in each.instance_ids}
        return _Related(
            devices_by_id(rendering, devices),
            releases_by_id(rendering, releases, expansions.get("release", NOTHING)),
            instances_by_id(rendering, instances, expansions.get("config_instances", NOTHING)),
        )


def _deployment_json(
    rendering: Rendering, deployment: ConfigDeployment, expansions: Tree, related: _Related
) -> dict[str, object]:
    return {
        **deployment_record(deployment, words_for(rendering.version, deployment)),
        **_validation(deployment),
        **rendering.relation(expansions, "device", lambda: related.devices.get(deployment.device_id)),
        **rendering.relation(expansions, "release", lambda: related.releases.get(deployment.release_id)),
        **rendering.relation(
            expansions, "config_instances", lambda: [related.instances[each] for each in deployment.instance_ids]
        ),
    }


def _validation(deployment: ConfigDeployment) -> dict[str, object]:
    """Render what its validation said of a deployment, in the form in which a verdict says it; nothing if nothing."""
    if not deployment.message and not deployment.findings:
        return {}
    found = [_finding_json(each) for each in deployment.findings]
    return {"validation": {"message": deployment.message, "config_instances": found}}


def _finding_json(finding: Finding) -> dict[str, object]:
    problems = [{"message": each.message, "path": list(each.path)} for each in finding.problems]
    return {"id": finding.instance_id, "message": finding.message, "parameters": problems}


def _finding(judged: JudgedInstance) -> Finding:
    problems = (Problem(parameter.message, tuple(parameter.path)) for parameter in judged.parameters)
    return Finding(judged.id, judged.message, tuple(problems))


def _of_chosen(body: NewTetonsDeployment) -> NewConfigDeployment:
    return NewConfigDeployment(
        device_id=body.device_id,
        release_id=body.release_id,
        target=Target(body.target_status),
        instance_ids=tuple(body.config_instance_ids),
        description=body.description,
        parent_id=body.parent_id or "",
    )


def _of_new(body: NewZionDeployment | NewApprovalsDeployment) -> NewConfigDeployment:
    is_deployed = body.target_status == "deployed"
    return NewConfigDeployment(
        device_id=body.device_id,
        release_id=body.release_id,
        target=Target.DEPLOYED if is_deployed else Target.STAGED,
        new_instances=tuple(_new_instance(each) for each in body.new_config_instances),
        approved=body.target_status != "pending",
        description=body.description,
        parent_id=body.patch_source_id or "",
    )


def _new_instance(inline: InlineContent) -> NewConfigInstance:
    """Write the content as JSON text: this form of a deployment gives the value, not how it is spelled."""
    return NewConfigInstance(
        schema_id=inline.config_schema_id,
        content=write_exact_json(inline.content),
        relative_filepath=inline.relative_filepath,
    )
