"""Giving the devices of a deployment back what they had before (design section 7).

The deployment is aborted if it goes on. Then one more is made, however many devices there are: whoever asked for the
first and comes for work finds it on the board, and its own row in the first says what it had. What was pushed is
rolled back by pushing: to those devices of the first of which it is known what they had.

An operator who asks again after a roll back was aborted, or has ended in vain for some device, gets another, which
leaves alone who has it back already.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sluiceway.domain.counters import RESTORABLE
from sluiceway.domain.deployment import Deployment, State, Target, shards_for
from sluiceway.domain.device_deployment import BROUGHT, Status
from sluiceway.domain.errors import DeploymentFinished, DeploymentState
from sluiceway.domain.event import Event, EventType
from sluiceway.domain.happenings import Happening, creation, ending
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import with_plan
from sluiceway.domain.rollout_effects import RolloutReason
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key, put_board_entry
from sluiceway.storage.table import Equal, Update, Write
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, begin_pushed, place_pushed
from sluiceway.usecases.deployment_devices import stored_rows, target_ids
from sluiceway.usecases.deployment_events import event_writes
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.put_in_order import next_order_in, put_in_order
from sluiceway.usecases.rollouts import begin_rollout, put_rollout, rollout_of
from sluiceway.usecases.service import Service

_ENDED_IN_VAIN = (Status.FAILURE, Status.TIMED_OUT, Status.NOARTIFACT)
"""How a roll back ends on a device that could have what it had before, and has not got it back."""


def roll_back(service: Service, workspace: str, deployment_id: str, now: datetime, *, by: str = "") -> str:
    """Roll a deployment back and return the id of the one that does it, the same however often this is called.

    After that was aborted, or has ended in vain for some device, an operator gets another one; an execution decides
    once. `by` is the id of the API key of the
    operator who asks for it, empty for the execution. Raises NotFound, and DeploymentState when there is nothing to
    give back or the deployment is a roll back itself: then it goes on.
    """
    undone = load(service, workspace, deployment_id)
    _refuse_pointless(undone)
    _end(service, workspace, deployment_id, by, now)
    if undone.deployment.rolled_back_by:
        settle_finished(service, workspace, undone.deployment.rolled_back_by)
    made = commit(service.table, lambda: _decide_writes(service, load(service, workspace, deployment_id), by, now))
    for event in made.events:
        service.deliveries.start(event)
    if made.deployment:
        _begin(service, made.deployment)
    return made.id


def _refuse_pointless(undone: Progress) -> None:
    """Raise DeploymentState when there is nothing to roll back; what was rolled back already is answered again."""
    deployment = undone.deployment
    if deployment.rolled_back_by:
        return
    stop = "" if undone.has_finished else "; `POST …/abort` stops it"
    if deployment.rolls_back:
        raise DeploymentState(f"the deployment is itself a roll back{stop}")
    if not undone.tally[RESTORABLE]:
        raise DeploymentState(
            f"of no device of the deployment it is known what it had before, so there is nothing to give back{stop}"
        )


def _begin(service: Service, made: Deployment) -> None:
    if made.is_pushed:
        begin_pushed(service, made)
    else:
        service.rollouts.start(made.workspace, made.id, 0)


def _end(service: Service, workspace: str, deployment_id: str, by: str, now: datetime) -> None:
    """See to it that nobody is offered anything any more, so that it is settled who gets something back."""
    try:
        abort_deployment(service, workspace, deployment_id, now, by=by)
    except DeploymentFinished:
        settle_finished(service, workspace, deployment_id)


class _RollBack(NamedTuple):
    """The deployment that undoes another, and what is to be told of it."""

    id: str
    events: Sequence[Event]
    deployment: Deployment | None = None
    """The same, when it was just made: its execution is to be started."""


def _decide_writes(service: Service, undone: Progress, by: str, now: datetime) -> tuple[_RollBack, Sequence[Write]]:
    before = undone.deployment
    former = _former_of(service, before)
    if former and not (by and _may_be_repeated(former)):
        return _RollBack(former.deployment.id, ()), []
    _refuse_pointless(undone)
    made, writes = _place_pushed(service, undone, former, now) if before.is_pushed else _place(service, undone, now)
    linked = Update(
        head_key(before), set={"rolled_back_by": made.id}, add={"rev": 1}, condition=Equal("rev", before.rev)
    )
    reason = RolloutReason.OPERATOR if by else ""
    happened = Happening(EventType.DEPLOYMENT_ROLLED_BACK, now, reason=reason, by=by, rolled_back_by=made.id)
    untold, kept = _tell_before(undone, now)
    # a look at the same moment that told of the end left the head as it was: this comes after
    told, events = event_writes(service, replace(before, rev=before.rev + 1), [*untold, happened], now)
    return _RollBack(made.id, events, made), [*writes, linked, *kept, *told]


def _tell_before(undone: Progress, now: datetime) -> tuple[list[Happening], list[Write]]:
    """Return of its beginning and its end what no look has told yet, and what keeps a look from telling it."""
    rollout = rollout_of(undone)
    if rollout is None:
        return [], []
    run, is_end_known = rollout.run, rollout.run.over_at is not None or rollout.run.is_end_told
    begun = [*creation(undone.deployment)] if run.changed_at is None else []
    ended = [ending(undone.deployment, run, undone.finished_at)] if undone.finished_at and not is_end_known else []
    if not begun and not ended:
        return [], []
    told = replace(run, changed_at=run.changed_at or now, is_end_told=bool(ended))
    return [*begun, *ended], [put_rollout(undone.deployment, replace(rollout, run=told), look=now)]


def _former_of(service: Service, undone: Deployment) -> Progress | None:
    """Return the newest roll back of a deployment, None when there is none yet."""
    return load(service, undone.workspace, undone.rolled_back_by) if undone.rolled_back_by else None


def _may_be_repeated(roll_back: Progress) -> bool:
    """Tell whether some device may be without what it had before, and gets it by this roll back no more."""
    deployment, tally = roll_back.deployment, roll_back.tally
    ended_in_vain = deployment.state is State.FINISHED and any(tally[status] for status in _ENDED_IN_VAIN)
    return deployment.is_withdrawn or ended_in_vain


def _new_id(undone: Deployment) -> str:
    """Return an id that follows from that of the first, or of the roll back before, so that two at once make one."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, undone.rolled_back_by or undone.id))


def _plan_of(undone: Deployment) -> Plan:
    """Return what bounds the roll back of each device: silence ends it, and failures, as they did in the first."""
    steering = undone.steering
    return Plan(retry=undone.retry, deadlines=steering.deadlines, withdraws_success=steering.withdraws_success)


def _place_pushed(
    service: Service, undone: Progress, former: Progress | None, now: datetime
) -> tuple[Deployment, list[Write]]:
    deployment = undone.deployment
    assert deployment.content is not None
    definition = PushedDefinition(
        name=f"roll back of {deployment.name}",
        content=deployment.content,
        device_ids=_left_to_give_back(service, undone, former),
        plan=_plan_of(deployment),
        rolls_back=deployment.id,
    )
    return place_pushed(service, deployment.workspace, definition, _new_id(deployment), now)


def _left_to_give_back(service: Service, undone: Progress, former: Progress | None) -> list[str]:
    """Return the devices of which it is known what they had, and that a former roll back did not give it back to."""
    left = [row.device_id for row in stored_rows(service, undone) if row.is_restorable]
    if former is not None:
        given_back = {row.device_id for row in stored_rows(service, former) if row.status in BROUGHT}
        wanting = set(target_ids(service, former)) - given_back
        left = [device_id for device_id in left if device_id in wanting]
    if not left:
        raise DeploymentState("every device that is still there has back what it had")
    return left


def _place(service: Service, undone: Progress, now: datetime) -> tuple[Deployment, list[Write]]:
    deployment = undone.deployment
    new_id, plan = _new_id(deployment), _plan_of(deployment)
    order = next_order_in(service, deployment.workspace, new_id, now)
    made = with_plan(_unplanned(deployment, undone.tally[RESTORABLE], new_id, order), plan, now)
    board_entry = put_board_entry(made, undoes=deployment.order)
    return made, [*put_in_order(made), board_entry, *begin_rollout(made, plan, now)]


def _unplanned(undone: Deployment, size: int, new_id: str, order: str) -> Deployment:
    return Deployment(
        workspace=undone.workspace,
        id=new_id,
        order=order,
        created=keys.moment_of(order),
        name=f"roll back of {undone.name}",
        artifact_name=f"before {undone.artifact_name}",
        target=Target.ROLL_BACK,
        size=size,
        shards=shards_for(size),
        rolls_back=undone.id,
    )
