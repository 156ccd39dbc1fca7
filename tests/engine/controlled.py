"""A world whose deployments are controlled by executions: the real machine on the local engine, with its real tasks.

What the engine invokes comes back into this process by HTTP, so that the tasks work on the world's table, at its time,
and fail where a test wants them to. All that happens is checked against the invariants, whoever did it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import count
from threading import RLock
from typing import Any

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.event import EventType
from sluiceway.domain.plan import Plan
from sluiceway.runtime import wiring
from sluiceway.runtime.executions import name_of
from sluiceway.runtime.rollouts import StepFunctionsRollouts
from sluiceway.storage import keys
from sluiceway.storage.table import Throttled
from sluiceway.usecases.deployment_events import history
from sluiceway.usecases.service import Service
from tests.engine.recording import nobody_comes_between
from tests.engine.world import DEVICES, RELEASES, WORKSPACES, Advance, Create, Operation, Poll, Report, Tick, World
from tests.infra.machine import Execution, Machine
from tests.support.app import RecordedRollouts, handler_of
from tests.support.faults import AnswerLostError, Crash, FaultyTable, Schedule
from tests.support.receiver import serving
from tests.support.waiting import wait_for

WORKSPACE = WORKSPACES[0]
ADVANCE_ROLLOUT, BEGIN_WAIT, REPAIR_DUE = "advance_rollout", "begin_wait", "repair_due"
_IDS_OF_A_WORLD = 1_000_000
Invoke = Callable[[str, Mapping[str, Any]], object]
Faults = Callable[[int], Schedule | None]
"""What happens to the invocation of this number, counted from 0, of a task."""


@contextmanager
def functions_here(invoke: Invoke) -> Iterator[str]:
    """Answer for functions of the engine; what is posted below the address goes to the task that the path names."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                answer, status = invoke(self.path[1:], event), HTTPStatus.OK
            except (Crash, AnswerLostError, Throttled) as death:
                answer, status = repr(death), HTTPStatus.INTERNAL_SERVER_ERROR
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - what the server passes
            """Say nothing."""

    with serving(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


class Executions(RecordedRollouts):
    """Executions of the machine, started and woken unless that is to get lost."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.use(machine)
        self.loses_starts = self.loses_wakes = False

    def use(self, machine: Machine) -> None:
        """From now on it is this machine."""
        self.machine = machine
        client = machine.client("stepfunctions")
        self._steps = StepFunctionsRollouts(lambda: client, machine.arn)

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        super().start(workspace, deployment_id, generation)
        if not self.loses_starts:
            self._steps.start(workspace, deployment_id, generation)

    def wake(self, token: str) -> bool:
        super().wake(token)
        return self.loses_wakes or self._steps.wake(token)


class ControlledWorld:
    """One deployment to all devices of a world, and the executions that control it. One thing happens at a time.

    Worlds of other numbers have other ids, since no name of an execution can be used again.
    """

    def __init__(self, machine: Machine, *, number: int) -> None:
        self.executions = Executions(machine)
        self.world = World(rollouts=self.executions, ids=count(number * _IDS_OF_A_WORLD + 1))
        self.faults: defaultdict[str, Faults] = defaultdict(lambda: lambda _: None)
        """By task."""
        self.invoked: Counter[str] = Counter()
        self.tokens: list[str] = []
        """Of all waits, oldest first."""
        self.problems: list[Exception] = []
        """What went wrong without being meant to."""
        self._installed = dict.fromkeys(DEVICES, "app-0")
        self._lock = RLock()

    # What happens

    def invoke(self, task: str, event: Mapping[str, Any]) -> object:
        """Run a task as a function of the engine would."""
        with self._lock:
            schedule = self.faults[task](self.invoked[task])
            self.invoked[task] += 1
            if "token" in event:
                self.tokens.append(event["token"])
            try:
                with wiring.use(self._service(event, schedule)):
                    return handler_of(f"workflow.{task}")(event, None)
            except (Crash, AnswerLostError, Throttled):
                raise
            except Exception as problem:
                self.problems.append(problem)
                raise
            finally:
                self.world.checker.check()

    def _service(self, event: Mapping[str, Any], schedule: Schedule | None) -> Service:
        operation = Advance(event["workspace"], event["deployment_id"]) if event else Tick()
        service = self.world.service(operation, None, nobody_comes_between)
        return replace(service, table=FaultyTable(service.table, schedule)) if schedule else service

    def deploy(self, plan: Plan) -> None:
        """Deploy to all devices; that starts the first execution."""
        self.do(Create(WORKSPACE, devices=DEVICES, plan=plan))
        (self.deployment_id,) = self.world.deployments(WORKSPACE)

    def do(self, *operations: Operation) -> None:
        """Let a user, a device or the clock do something."""
        with self._lock:
            for operation in operations:
                self.world.do(operation)

    def do_in_turns(self, operations: Sequence[Operation], turns: Sequence[int]) -> None:
        """Let operations run side by side, request by request, in the given order."""
        with self._lock:
            self.world.do_in_turns([(operation, {}) for operation in operations], turns)

    def tick(self) -> None:
        """Let the tick of a minute come."""
        self.invoke(REPAIR_DUE, {})

    def pass_time(self, duration: timedelta) -> None:
        with self._lock:
            self.world.pass_time(duration)

    def install(self, status: Status = Status.SUCCESS) -> int:
        """Let all devices ask, a second later, and those that are given the deployment report; return how many did."""
        self.pass_time(timedelta(seconds=1))
        return sum(self._install(device, status) for device in DEVICES)

    def _install(self, device: str, status: Status) -> bool:
        with self._lock:
            self.world.do(Poll(WORKSPACE, device, self._installed[device]))
            row = self.world.row(WORKSPACE, device, self.deployment_id)
            is_given = row is not None and row.is_open and row.asked is not None
            if is_given:
                self.world.do(Report(WORKSPACE, device, self.deployment_id, status))
                self._installed[device] = RELEASES[0] if status is Status.SUCCESS else self._installed[device]
            return is_given

    # What has become of it

    @property
    def deployment(self) -> Deployment:
        with self._lock:
            return self.world.snapshot().heads[keys.deployment(WORKSPACE, self.deployment_id)]

    @property
    def generation(self) -> int:
        """Which execution is the newest."""
        with self._lock:
            rollout = self.world.rollout(WORKSPACE, self.deployment_id)
        assert rollout
        return rollout.generation

    def opens(self, phase: int) -> None:
        """Wait until a phase is open."""
        wait_for(f"phase {phase}", lambda: self.deployment.open_phase >= phase)

    def arn(self, generation: int) -> str:
        """Name of an execution."""
        executions = self.executions.machine.arn.replace(":stateMachine:", ":execution:")
        return f"{executions}:{name_of(WORKSPACE, self.deployment_id, generation)}"

    def ended(self, generation: int) -> Execution:
        """Wait for the end of an execution, and wake it whenever it waits."""
        machine, arn = self.executions.machine, self.arn(generation)

        def is_over() -> bool:
            for token in self.tokens[-1:]:
                self.executions.wake(token)
            return arn not in machine.running()

        wait_for("the end of an execution", is_over)
        return machine.finish(arn)

    def phases_opened(self) -> list[int | None]:
        """The phases that were told to have opened, each as often as that was."""
        with self._lock:
            service = self.world.service(Tick(), None, nobody_comes_between)
            told = [entry.happening for entry in history(service, WORKSPACE, self.deployment_id)]
        return [happening.phase for happening in told if happening.type is EventType.DEPLOYMENT_PHASE_OPENED]

    def rest(self) -> None:
        """Hold all that happened against the invariants, those of rest included."""
        with self._lock:
            self.world.rest()
        assert self.problems == []
