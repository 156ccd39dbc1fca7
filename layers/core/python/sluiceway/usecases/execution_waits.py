"""How an execution waits, and is woken: a command, or an abort, is taken up at once (design section 7).

A waiting execution is woken by the token of its wait, which is kept where whoever commands the deployment finds it. A
wake that gets lost costs time and nothing else: each wait ends by itself.
"""

from __future__ import annotations

from sluiceway.domain.rollout_run import RolloutRun
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Put
from sluiceway.usecases.deployments import Progress, load_heads
from sluiceway.usecases.rollouts import find_rollout
from sluiceway.usecases.service import Service


def begin_wait(service: Service, workspace: str, deployment_id: str, generation: int, token: str) -> bool:
    """Keep the token of a wait, and return whether the wait was ended at once.

    It is when something was commanded since the look before: whoever did that may have found no token yet. It also is
    when the execution was replaced: the token of the newer one is left where it is then.
    """
    rollout = find_rollout(service, workspace, deployment_id)
    newest = rollout if rollout and rollout.generation == generation else None
    if newest:
        kept = Put(keys.waiting_task(workspace, deployment_id), {"token": token})
        commit(service.table, lambda: (None, [kept]))
    ends_at_once = newest is None or _is_commanded(service, workspace, deployment_id, newest.run)
    if ends_at_once:
        service.rollouts.wake(token)
    return ends_at_once


def _is_commanded(service: Service, workspace: str, deployment_id: str, run: RolloutRun) -> bool:
    """Tell whether there is a command, or an abort, that the look before has not seen."""
    head = load_heads(service, workspace, [deployment_id]).get(deployment_id)
    is_aborted = head is None or (head.is_withdrawn and run.over_at is None)
    return is_aborted or bool(head and head.steering.commands)


def wake_execution(service: Service, commanded: Progress) -> None:
    """Let the execution look at once, by the token that was read with the deployment before the command was written.

    If it no longer waits by that token, it may have begun another wait before the command was written, and know nothing
    of it: so the token is read once more.
    """
    deployment, token = commanded.deployment, commanded.task_token
    if not deployment.is_controlled or (token and service.rollouts.wake(token)):
        return
    waiting = service.table.get(keys.waiting_task(deployment.workspace, deployment.id))
    if waiting and waiting["token"] != token:
        service.rollouts.wake(str(waiting["token"]))
