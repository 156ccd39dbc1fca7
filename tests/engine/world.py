"""Two workspaces at work on one table: what their users and devices do, and what each answer promises."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol
from uuid import UUID

from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.artifacts.object_keys import ARTIFACTS
from sluiceway.domain.artifacts import Provides
from sluiceway.domain.control_map import PASS, Action, ControlMap, Point, instruct
from sluiceway.domain.counters import statistics, targets
from sluiceway.domain.deployment import Definition, Deployment, State
from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice, with_key
from sluiceway.domain.device_deployment import DeviceDeployment, Ignored, Reported, Status, decide
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import Contended, DeploymentAborted, NotFound, SluicewayError
from sluiceway.domain.event import Event
from sluiceway.domain.gates import Signal, SignalKind, SignalState
from sluiceway.domain.inventory import Attribute
from sluiceway.domain.inventory_search import GROUP, Operator, Place, Scope, Term
from sluiceway.domain.phases import WantedPhase
from sluiceway.domain.plan import Plan
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.steering import CommandKind
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import read_head
from sluiceway.storage.device_items import read_device
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Record
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.change_plan import change_phases
from sluiceway.usecases.control_maps import change_control_map, read_control_map
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.credentials import DeviceCredentials
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.deliver_event import Attempt, deliver_event
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import load
from sluiceway.usecases.device_logs import read_log, store_log
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.groups import put_in_group
from sluiceway.usecases.known_devices import new_device_writes
from sluiceway.usecases.list_deployments import Search, list_deployments
from sluiceway.usecases.next_deployment import Offer, next_deployment
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.report_inventory import merge_attributes
from sluiceway.usecases.report_status import report_status
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.rollouts import Rollout, find_rollout, hand_over
from sluiceway.usecases.saved_filters import save_filter
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import open_device_session, open_device_session_with_board
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from sluiceway.usecases.steer_deployment import approve_phase, open_next_phase, pause_deployment, resume_deployment
from sluiceway.usecases.upload_artifact import Upload, upload_artifact
from tests.engine.invariants import Checker, Snapshot, artifacts_of, becomes, is_row_key, row_of
from tests.engine.recording import RecordedTable, Step, ViewOfTable, nobody_comes_between
from tests.engine.rollout_invariants import check_signal, lets_in, rollout_of
from tests.engine.strands import Pause, run_in_turns
from tests.engine.violation import Violation
from tests.support.app import (
    RecordedDeliveries,
    RecordedRollouts,
    RecordedSignals,
)
from tests.support.faults import AnswerLostError, Crash, Fault
from tests.support.mender_files import mender_file
from tests.support.services import recorded_service
from tests.support.ticks import repair_due

WORKSPACES = ("a", "a#D")
"""The second would forge keys of the first, were ids not escaped."""
DEVICES = ("one", "two", "three", "four#S")
BOARDS = ("board-a", "board-b")
GROUPS = ("lab", "field")
RELEASES = ("app-1", "app-2")
HALTING = ControlMap(0, {Point.COMMIT: instruct(Action.PAUSE)})
FILES = [mender_file("app-1", (BOARDS[0],)), mender_file("app-1", (BOARDS[1],)), mender_file("app-2", BOARDS)]
SYSTEMS = ("linux", "zephyr")
FILTERS = (
    (Term(Place(Scope.INVENTORY, "os"), Operator.EQUAL, SYSTEMS[0]),),
    (Term(GROUP, Operator.EQUAL, GROUPS[0]), Term(Place(Scope.IDENTITY, "mac"), Operator.NOT_EQUAL, DEVICES[1])),
)
"""The terms of the filters that users have saved."""
ALARM = Signal(SignalKind.ALARM, "restarts")
"""What the gates of rollouts listen to."""
A_DAY = timedelta(days=1)
AN_HOUR = timedelta(hours=1)

Faults = Mapping[int, Fault]


class Operation(Protocol):
    """Something that a user, a device or the clock asks of the service, on behalf of one workspace, or of none."""

    @property
    def workspace(self) -> str | None: ...

    def run(self, world: World, service: Service) -> None:
        """Do it, and hold the service to its answer."""
        ...


@dataclass
class World:
    """The table with everything around it, and the time, which only `pass_time` moves."""

    table: RecordedTable = field(default_factory=RecordedTable)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    rollouts: RecordedRollouts = field(default_factory=RecordedRollouts)
    deliveries: RecordedDeliveries = field(default_factory=RecordedDeliveries)
    said: list[SignalState] = field(default_factory=lambda: [SignalState.UNKNOWN])
    """What ALARM said, oldest first."""

    def __post_init__(self) -> None:
        self.checker = Checker(self.table)
        self._begin()

    def _begin(self) -> None:
        """Make what users and devices begin with."""
        for workspace in WORKSPACES:
            beginning: list[Operation] = [Introduce(workspace, device) for device in DEVICES]
            beginning += [UploadArtifact(workspace, file) for file in range(len(FILES))]
            beginning += [SaveFilter(workspace, number) for number in range(len(FILTERS))]
            for operation in beginning:
                self._perform(operation, None, nobody_comes_between)

    @property
    def now(self) -> datetime:
        return self.table.now

    def pass_time(self, duration: timedelta) -> None:
        self.table.now += duration

    def do(self, operation: Operation, faults: Faults | None = None) -> None:
        """Let one operation run by itself, with the given faults by the number of its request."""
        self._perform(operation, faults, nobody_comes_between)
        self.checker.check()

    def do_in_turns(self, operations: Sequence[tuple[Operation, Faults]], turns: Sequence[int]) -> None:
        """Let operations run side by side, request by request, in the given order."""
        run_in_turns([self._work(operation, faults) for operation, faults in operations], turns)
        self.checker.check()

    def rest(self) -> None:
        """Lose all executions, and let the ticks of some days, and those that they start, do what is still to be done.

        One day is enough for what was left behind, one for each phase that then opens, and one for what ends by that.
        """
        for _ in range(2 + max(1, self._most_phases())):
            self._pass_a_day()
        self._check_at_rest()

    def _pass_a_day(self) -> None:
        """Lose all executions, then let the tick come, and what it starts run."""
        self.pass_time(A_DAY)
        self.table.catch_up()
        self.rollouts.started.clear()
        self.deliveries.started.clear()
        self.do(Tick())
        for workspace, deployment_id, _ in [*self.rollouts.started]:
            self.do(Advance(workspace, deployment_id))
        for event in [*self.deliveries.started]:
            self.do(Deliver(event))

    def _check_at_rest(self) -> None:
        self.table.catch_up()
        self.checker.check_at_rest()
        self._check_bytes()

    def _most_phases(self) -> int:
        return max((len(head.phases) for head in self.snapshot().heads.values()), default=0)

    def _check_bytes(self) -> None:
        pinned = {
            artifact.stored
            for workspace in WORKSPACES
            for artifact in artifacts_of(self.table.items, workspace).values()
            if not artifact.deleted
        }
        stored = {stored for stored in self.objects.stored if stored.key.startswith(f"{ARTIFACTS}/")}
        if stored != pinned:
            raise Violation("every artifact has its bytes and no others are kept", stored ^ pinned)

    def snapshot(self) -> Snapshot:
        return self.checker.snapshot()

    def deployments(self, workspace: str) -> list[str]:
        """The ids of the workspace's deployments, oldest first."""
        heads = [head for head in self.snapshot().heads.values() if head.workspace == workspace]
        return [head.id for head in sorted(heads, key=lambda head: head.order)]

    def filters(self, workspace: str) -> list[str]:
        """The ids of the workspace's filters, as FILTERS has them."""
        stored = [key for key in self.table.items if key.pk == keys.saved_filters(workspace)]
        return [keys.unescape(key.sk) for key in sorted(stored)]

    def device(self, workspace: str, device_id: str) -> Device:
        return read_device(workspace, self.table.items[keys.device(workspace, device_id)])

    def claims(self, workspace: str, device_id: str) -> Claims:
        """What the newest token of a device says; a device that was never accepted has a token of nothing."""
        device = self.device(workspace, device_id)
        return DeviceCredentials(workspace, device_id, device.accepted or "none", device.epoch).to_claims()

    def heads_since(self, start: int, workspace: str, deployment_id: str) -> list[Deployment]:
        """A deployment as it has been since the history had this length."""
        key = keys.deployment(workspace, deployment_id)
        steps = [step for step in self.table.history[start:] if step.key == key]
        items = [steps[0].before, *(step.after for step in steps)] if steps else [self.table.items.get(key)]
        return [read_head(workspace, deployment_id, item) for item in items if item]

    def maps_since(self, start: int, workspace: str, deployment_id: str) -> list[ControlMap | None]:
        """Every control map that a deployment has had since the history had this length."""
        return [head.control_map for head in self.heads_since(start, workspace, deployment_id)]

    def rollout(self, workspace: str, deployment_id: str) -> Rollout | None:
        """The plan of a deployment and how far it has come, None when it has nothing to control."""
        key = keys.plan(workspace, deployment_id)
        return rollout_of(key, self.table.items.get(key))

    def rolls_back(self, workspace: str, deployment_id: str) -> bool:
        """Whether a deployment is a roll back."""
        return bool(self.snapshot().heads[keys.deployment(workspace, deployment_id)].rolls_back)

    def note_abort(self, workspace: str, deployment_id: str) -> None:
        """Hold the service to an abort that was completed. Called the moment the operation answers."""
        head = self.snapshot().heads[keys.deployment(workspace, deployment_id)]
        if head.state is State.ABORTED:
            self.checker.abort_returned(workspace, deployment_id)

    def row(self, workspace: str, device_id: str, deployment_id: str) -> DeviceDeployment | None:
        head = self.snapshot().heads.get(keys.deployment(workspace, deployment_id))
        if head is None:
            return None
        key = keys.row(workspace, device_id, head.order)
        return read_row(workspace, Record(key, self.table.items[key])) if key in self.table.items else None

    def service(self, operation: Operation, faults: Faults | None, pause: Pause) -> Service:
        """The service as the process that runs the operation has it."""
        return replace(
            recorded_service(
                ViewOfTable(self.table, operation.workspace, faults, pause),
                lambda: str(UUID(int=next(self.ids), version=4)),
            ),
            objects=self.objects,
            rollouts=self.rollouts,
            deliveries=self.deliveries,
            signals=lambda: RecordedSignals({ALARM.source: self.said[-1]}),
        )

    def _work(self, operation: Operation, faults: Faults) -> Callable[[Pause], None]:
        return lambda pause: self._perform(operation, faults, pause)

    def _perform(self, operation: Operation, faults: Faults | None, pause: Pause) -> None:
        """Run it; a refusal, a crash and a lost answer promise nothing."""
        try:
            operation.run(self, self.service(operation, faults, pause))
        except Contended as stuck:
            raise Violation("whoever waits gets on", operation) from stuck
        except (SluicewayError, AnswerLostError, Crash):
            pass


def pick(choices: Sequence[str], number: int) -> str:
    """One of them, whatever the number; an id of nothing where there are none."""
    return choices[number % len(choices)] if choices else str(UUID(int=0, version=4))


@dataclass(frozen=True)
class Introduce:
    """A device that was not known shows up and is accepted."""

    workspace: str
    device: str

    def run(self, world: World, service: Service) -> None:
        device = Device(self.workspace, self.device, AuthStatus.NOAUTH, created=world.now, updated=world.now)
        key = AuthSet(f"key of {self.device}", self.device, "PEM", AuthStatus.PENDING, world.now)
        known = with_key(KnownDevice(device, f'{{"mac":"{self.device}"}}'), key, world.now)
        service.table.write(*new_device_writes(known))
        SetAuthStatus(self.workspace, self.device, AuthStatus.ACCEPTED).run(world, service)


@dataclass(frozen=True)
class SetAuthStatus:
    """An operator accepts or rejects a device."""

    workspace: str
    device: str
    status: AuthStatus

    def run(self, world: World, service: Service) -> None:
        decision = AuthDecision(self.device, f"key of {self.device}", self.status)
        set_auth_status(service, self.workspace, decision, world.now)


@dataclass(frozen=True)
class PutInGroup:
    """An operator puts a device into a group, out of the one where it was."""

    workspace: str
    device: str
    group: str

    def run(self, world: World, service: Service) -> None:
        put_in_group(service, self.workspace, self.device, self.group, world.now)


@dataclass(frozen=True)
class Tell:
    """A device says which system it runs."""

    workspace: str
    device: str
    system: str

    def run(self, world: World, service: Service) -> None:
        session = open_device_session(service, world.claims(self.workspace, self.device))
        merge_attributes(service, session.device, [Attribute("os", self.system)], world.now)


@dataclass(frozen=True)
class SaveFilter:
    """A user saves one of FILTERS."""

    workspace: str
    number: int

    def run(self, world: World, service: Service) -> None:
        saved = save_filter(service, self.workspace, f"filter {self.number}", FILTERS[self.number])
        if saved not in world.filters(self.workspace):
            raise Violation("what was acknowledged is there", saved)


@dataclass(frozen=True)
class UploadArtifact:
    """A user uploads one of FILES."""

    workspace: str
    file: int

    def run(self, world: World, service: Service) -> None:
        content = io.BytesIO(FILES[self.file % len(FILES)])
        upload_artifact(service, self.workspace, Upload(content), world.now)


@dataclass(frozen=True)
class DeleteArtifact:
    """A user removes an artifact."""

    workspace: str
    artifact: int

    def run(self, world: World, service: Service) -> None:
        stored = [item for key, item in world.table.items.items() if key.pk == keys.artifacts(self.workspace)]
        delete_artifact(service, self.workspace, pick([str(item["id"]) for item in stored], self.artifact), world.now)


@dataclass(frozen=True)
class Create:
    """A user makes a deployment: to a list, a group or by a filter, or to all devices when there is none of them."""

    workspace: str
    release: str = RELEASES[0]
    devices: tuple[str, ...] = ()
    attempts: int = 1
    name: str = "deployment"
    group: str = ""
    most_devices: int | None = None
    phased: bool = False
    """Half of the devices at once, the others an hour later."""
    control_map: ControlMap | None = None
    filter: int | None = None
    """Number of one of FILTERS."""
    plan: Plan | None = None

    def run(self, world: World, service: Service) -> None:
        definition = Definition(
            name=self.name,
            artifact_name=self.release,
            devices=self.devices,
            all_devices=not self.devices and not self.group and self.filter is None,
            group=self.group,
            filter_id="" if self.filter is None else world.filters(self.workspace)[self.filter],
            most_devices=self.most_devices,
            phases=(WantedPhase(50), WantedPhase(None, world.now + AN_HOUR)) if self.phased else (),
            retry=RetryPolicy(self.attempts, timedelta(minutes=10)),
            control_map=self.control_map,
            plan=self.plan,
        )
        made = create_deployment(service, self.workspace, definition, world.now)
        if made not in world.deployments(self.workspace):
            raise Violation("what was acknowledged is there", made)


@dataclass(frozen=True)
class Advance:
    """The execution of a deployment looks, in time or not; one that was replaced so many generations ago, or not."""

    workspace: str
    deployment: int | str
    replaced: int = 0

    def run(self, world: World, service: Service) -> None:
        chosen = self.deployment
        if isinstance(chosen, int):
            chosen = pick(world.deployments(self.workspace), chosen)
        rollout = world.rollout(self.workspace, chosen)
        if rollout is None:
            return
        start, heard = len(world.table.history), len(world.said) - 1
        advance_rollout(service, self.workspace, chosen, rollout.generation - self.replaced, world.now)
        self._check_signal(world, chosen, start, world.said[heard:])
        if self.replaced and isinstance(service.table, ViewOfTable) and service.table.changes_something:
            raise Violation("an execution that was replaced does nothing", rollout)
        world.note_abort(self.workspace, chosen)

    def _check_signal(self, world: World, chosen: str, start: int, said: Sequence[SignalState]) -> None:
        before, *_, after = 2 * world.heads_since(start, self.workspace, chosen)
        rollout = world.rollout(self.workspace, chosen)
        if rollout is not None:
            check_signal(before, rollout, after.open_phase, said)


@dataclass(frozen=True)
class Signalled:
    """What the gates of rollouts listen to says something else from now on."""

    state: SignalState
    workspace: None = None

    def run(self, world: World, _: Service) -> None:
        world.said.append(self.state)


@dataclass(frozen=True)
class HandOver:
    """An execution that has looked often enough lets the next one take over, perhaps after it was replaced."""

    workspace: str
    deployment: int
    replaced: int = 0

    def run(self, world: World, service: Service) -> None:
        chosen = pick(world.deployments(self.workspace), self.deployment)
        rollout = world.rollout(self.workspace, chosen)
        if rollout is not None:
            hand_over(service, self.workspace, chosen, rollout.generation - self.replaced)


@dataclass(frozen=True)
class Steer:
    """An operator pauses or resumes a deployment, approves a phase, or has the next one opened."""

    workspace: str
    deployment: int
    kind: CommandKind

    def run(self, world: World, service: Service) -> None:
        chosen, start = pick(world.deployments(self.workspace), self.deployment), len(world.table.history)
        _STEERING[self.kind](service, self.workspace, chosen, "key of an operator", world.now)
        heads = world.heads_since(start, self.workspace, chosen)
        if not any(self._is_done(head) for head in heads):
            raise Violation("what was acknowledged is in force or written down", self, heads)

    def _is_done(self, head: Deployment) -> bool:
        match self.kind:
            case CommandKind.PAUSE:
                return head.steering.pause is not None
            case CommandKind.RESUME:
                return head.steering.pause is None
            case CommandKind.APPROVE | CommandKind.NEXT_PHASE:
                return any(command.kind is self.kind for command in head.steering.commands)
            case CommandKind.CHANGE_PLAN:
                to_come = head.phases[max(1, head.open_phase + 1) :]
                return all(phase.start is None for phase in to_come)


def take_starts_away(service: Service, workspace: str, deployment_id: str, by: str, now: datetime) -> None:
    """Let the phases that are not open wait for their gates alone."""
    head = load(service, workspace, deployment_id).deployment
    rollout = find_rollout(service, workspace, deployment_id)
    phases = rollout.plan.phases if rollout else ()
    changed = [replace(phase, start=None) if number > head.open_phase else phase for number, phase in enumerate(phases)]
    change_phases(service, workspace, deployment_id, changed, now, by=by)


_STEERING: Mapping[CommandKind, Callable[[Service, str, str, str, datetime], None]] = {
    CommandKind.PAUSE: pause_deployment,
    CommandKind.RESUME: resume_deployment,
    CommandKind.APPROVE: approve_phase,
    CommandKind.NEXT_PHASE: open_next_phase,
    CommandKind.CHANGE_PLAN: take_starts_away,
}


@dataclass(frozen=True)
class RollBack:
    """An operator has a deployment undone."""

    workspace: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        chosen = pick(world.deployments(self.workspace), self.deployment)
        made = roll_back(service, self.workspace, chosen, world.now, by="key of an operator")
        if made not in world.deployments(self.workspace):
            raise Violation("what was acknowledged is there", made)
        world.note_abort(self.workspace, chosen)


@dataclass(frozen=True)
class Abort:
    """A user aborts a deployment."""

    workspace: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        chosen = pick(world.deployments(self.workspace), self.deployment)
        abort_deployment(service, self.workspace, chosen, world.now)
        world.checker.abort_returned(self.workspace, chosen)


@dataclass(frozen=True)
class ChangeControlMap:
    """A user says anew where the devices of a deployment halt."""

    workspace: str
    deployment: int
    control_map: ControlMap

    def run(self, world: World, service: Service) -> None:
        chosen, start = pick(world.deployments(self.workspace), self.deployment), len(world.table.history)
        change_control_map(service, self.workspace, chosen, self.control_map)
        if self.control_map not in world.maps_since(start, self.workspace, chosen):
            raise Violation("a change that was acknowledged was made", chosen)


@dataclass(frozen=True)
class ReadControlMap:
    """A device asks whether it may go on."""

    workspace: str
    device: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        chosen, start = pick(world.deployments(self.workspace), self.deployment), len(world.table.history)
        was_closed = world.checker.is_closed(self.workspace, chosen)
        session = open_device_session(service, world.claims(self.workspace, self.device))
        found = read_control_map(service, session, chosen)
        if was_closed:
            raise Violation("nobody goes on after an abort", chosen)
        if found not in [each or PASS for each in world.maps_since(start, self.workspace, chosen)]:
            raise Violation("a device reads the map as it is", found)


@dataclass(frozen=True)
class Look:
    """A user reads everything about a deployment, while it moves."""

    workspace: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        chosen = pick(world.deployments(self.workspace), self.deployment)
        progress = load(service, self.workspace, chosen)
        shown = statistics(progress.deployment, progress.tally)
        total = targets(progress.deployment, progress.tally)
        if sum(shown.values()) != total or min(shown.values()) < 0:
            raise Violation("statistics add up wherever they are read", shown)
        devices = deployment_devices(service, progress)
        if len(devices) != total and not progress.deployment.has_open_target:
            raise Violation("a list of devices shows every target", devices)
        found, total = list_deployments(service, self.workspace, Search(), skip=0, take=100)
        if chosen not in {each.deployment.id for each in found} or len(found) != total:
            raise Violation("a list of deployments shows each", chosen)


@dataclass(frozen=True)
class Settle:
    """Somebody stamps a deployment that has finished."""

    workspace: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        settle_finished(service, self.workspace, pick(world.deployments(self.workspace), self.deployment))


@dataclass(frozen=True)
class Poll:
    """A device asks for work."""

    workspace: str
    device: str
    installed: str = "app-0"
    board: str = BOARDS[0]
    reads_control_maps: bool = False

    def run(self, world: World, service: Service) -> None:
        self.ask(world, service)

    def ask(self, world: World, service: Service) -> Offer | None:
        """Ask, and return the answer."""
        start = len(world.table.history)
        session = open_device_session_with_board(service, world.claims(self.workspace, self.device))
        provides = Provides(self.installed, self.board, {}, self.reads_control_maps)
        offer = next_deployment(service, session, provides, world.now).offer
        if offer is not None:
            self._check(world, offer)
            self._check_map(world, offer, start)
            self._check_held(world, offer, start)
        return offer

    def _check(self, world: World, offer: Offer) -> None:
        row = world.row(self.workspace, self.device, offer.deployment_id)
        if row is None or not row.asked or self.board not in offer.artifact.file.device_types_compatible:
            raise Violation("what is offered is written down and fits", offer)

    def _check_held(self, world: World, offer: Offer, start: int) -> None:
        """Whatever is new was let in by the head, as it stood when the device began to ask or later."""
        heads = world.heads_since(start, self.workspace, offer.deployment_id)
        first = [step for step in world.table.history[start:] if _is_first_offer_of(step, offer.deployment_id)]
        for row in (row_of(step.key, step.after) for step in first):
            if row and row.device_id == self.device and not any(lets_in(head, row, world.now) for head in heads):
                raise Violation("nothing new is offered during a pause, nor outside of the plan", row, heads)

    def _check_map(self, world: World, offer: Offer, start: int) -> None:
        maps = world.maps_since(start, self.workspace, offer.deployment_id)
        if offer.control_map not in (maps if self.reads_control_maps else [None]):
            raise Violation("who reads maps is given the map", offer)
        changes = world.table.history[start:]
        is_first = any(is_row_key(step.key) and _is_first_offer(step) for step in changes)
        if is_first and not self.reads_control_maps and all(each and each.halts for each in maps):
            raise Violation("who reads no maps does not start where it is to halt", offer)


def _is_first_offer_of(step: Step, deployment_id: str) -> bool:
    """Whether an attempt of this deployment was offered in this step."""
    is_row = is_row_key(step.key)
    return is_row and step.after is not None and step.after["dep"] == deployment_id and _is_first_offer(step)


def _is_first_offer(step: Step) -> bool:
    """Whether an attempt was offered in this step."""
    digests = [item.get("request_digest") if item else None for item in (step.before, step.after)]
    return digests[1] is not None and digests[0] is None


@dataclass(frozen=True)
class DeleteHistory:
    """An operator lets a device take part again in what it has ended."""

    workspace: str
    device: str

    def run(self, world: World, service: Service) -> None:
        ended = [row for row in self._rows(world) if not row.is_open and not row.deleted]
        delete_history(service, self.workspace, self.device, world.now)
        known = {row.order: row for row in self._rows(world)}
        for row in ended:
            if not known[row.order].deleted and known[row.order].attempt == row.attempt:
                raise Violation("what had ended is marked or begun anew", row)

    def _rows(self, world: World) -> Iterator[DeviceDeployment]:
        """What the device has a part in, as it stands."""
        known = world.snapshot()
        for row in known.rows.values():
            head = known.deployment_of(row)
            if head and (row.workspace, row.device_id) == (self.workspace, self.device):
                yield effective(row, head)


@dataclass(frozen=True)
class Report:
    """A device says where it stands: in the deployment with this id, or by number in one that it was given before.

    A device that was given none speaks of its next.
    """

    workspace: str
    device: str
    deployment: int | str
    word: Status
    substate: str | None = None

    def run(self, world: World, service: Service) -> None:
        chosen = self._deployment(world)
        before, start = world.row(self.workspace, self.device, chosen), len(world.table.history)
        session = open_device_session(service, world.claims(self.workspace, self.device))
        report = Reported(self.word, self.substate)
        try:
            report_status(service, session, chosen, report, world.now)
        except DeploymentAborted:
            if not self._head(world, chosen).is_withdrawn:
                raise Violation("only an abort is answered as one", chosen) from None
            raise
        fresh = self._head(world, chosen).row_of(self.device)
        later = [step.after for step in world.table.history[start:] if step.key == row_key(fresh) and step.after]
        versions = [before or fresh, *(read_row(self.workspace, Record(row_key(fresh), item)) for item in later)]
        if not any(_tells(version, report, world.now, after) for version, after in _pairs(versions)):
            raise Violation("an acknowledged report is not lost", report, versions)

    def _deployment(self, world: World) -> str:
        if isinstance(self.deployment, str):
            return self.deployment
        known = world.snapshot()
        mine = [row for row in known.rows.values() if (row.workspace, row.device_id) == (self.workspace, self.device)]
        rows = sorted((row for row in mine if known.deployment_of(row)), key=lambda row: row.order)
        waiting = [row.deployment_id for row in rows if row.is_open]
        spoken_of = [row.deployment_id for row in rows if row.asked] or waiting[:1]
        return pick(spoken_of or world.deployments(self.workspace)[-1:], self.deployment)

    def _head(self, world: World, deployment_id: str) -> Deployment:
        return world.snapshot().heads[keys.deployment(self.workspace, deployment_id)]


def _pairs(versions: Sequence[DeviceDeployment]) -> Iterator[tuple[DeviceDeployment, DeviceDeployment | None]]:
    return zip(versions, [*versions[1:], None], strict=True)


def _tells(row: DeviceDeployment, report: Reported, now: datetime, after: DeviceDeployment | None) -> bool:
    """Whether the report had nothing to say of this version of the row, or made the next one of it."""
    return isinstance(decide(row, report, now), Ignored) or (after is not None and becomes(row, report, now, after))


@dataclass(frozen=True)
class SendLog:
    """A device sends a log, and somebody reads it."""

    workspace: str
    device: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        chosen = pick(world.deployments(self.workspace), self.deployment)
        session = open_device_session(service, world.claims(self.workspace, self.device))
        store_log(service, session, chosen, "it works\n", world.now)
        if read_log(service, self.workspace, chosen, self.device) != "it works\n":
            raise Violation("a log can be read as soon as it was sent", chosen)


@dataclass(frozen=True)
class Trespass:
    """A user and a device of one workspace try their luck with a deployment of another."""

    workspace: str
    device: str
    deployment: int

    def run(self, world: World, service: Service) -> None:
        (other,) = set(WORKSPACES) - {self.workspace}
        foreign = pick(world.deployments(other), self.deployment)
        session = open_device_session(service, world.claims(self.workspace, self.device))
        attempts: Sequence[Callable[[], object]] = (
            lambda: report_status(service, session, foreign, Reported(Status.SUCCESS), world.now),
            lambda: store_log(service, session, foreign, "mine\n", world.now),
            lambda: abort_deployment(service, self.workspace, foreign, world.now),
            lambda: load(service, self.workspace, foreign),
            lambda: change_control_map(service, self.workspace, foreign, HALTING),
            lambda: read_control_map(service, session, foreign),
        )
        for attempt in attempts:
            try:
                attempt()
            except NotFound:
                continue
            raise Violation("a workspace stays by itself", foreign)


@dataclass(frozen=True)
class Deliver:
    """An execution tells an event to whoever listens."""

    event: Event

    @property
    def workspace(self) -> str:
        return self.event.workspace

    def run(self, world: World, service: Service) -> None:
        event = self.event
        deliver_event(service, Attempt(event.workspace, event.order, event.generation, event.attempts), world.now)


@dataclass(frozen=True)
class Tick:
    """The clock makes somebody finish what others left behind."""

    workspace: None = None

    def run(self, world: World, service: Service) -> None:
        repair_due(service, world.now)


@dataclass(frozen=True)
class PassTime:
    """So many minutes pass."""

    minutes: int
    workspace: None = None

    def run(self, world: World, _: Service) -> None:
        world.pass_time(timedelta(minutes=self.minutes))


@dataclass(frozen=True)
class OneAfterTheOther:
    """Several operations, of any workspace, that nobody else comes between."""

    works: tuple[Operation, ...]
    workspace: None = None

    def run(self, world: World, _: Service) -> None:
        for work in self.works:
            work.run(world, world.service(work, None, nobody_comes_between))
