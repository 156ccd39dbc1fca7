"""Devices with a slot that planned deployments are pushed to, and what operators and devices do beside executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from sluiceway.domain.errors import Refused
from sluiceway.domain.plan import Plan
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, create_pushed_deployment
from sluiceway.usecases.explain import Explanation, explain
from sluiceway.usecases.service import Service
from tests.engine.pushed_invariants import SlotChecker, Slots, check_slots_at_rest
from tests.engine.recording import nobody_comes_between
from tests.engine.violation import Violation
from tests.engine.world import Advance, Faults, Operation, Tick, World
from tests.support.executions import advance
from tests.support.pushed import PushedSlot, Standing
from tests.unit.usecases.stores import WORKSPACE

DEVICES = 3
_MOST_DAYS = 40
"""Until whatever was begun has come to its end."""
_A_SECOND = timedelta(seconds=1)


class PushedWorld(World):
    """One workspace with devices of one dialect. Each thing that happens is a second after the one before."""

    def __init__(self, kind: type[PushedSlot]) -> None:
        self._kind = kind
        super().__init__()

    def _begin(self) -> None:
        self.slots = self._kind(DEVICES, self.service(Tick(), None, nobody_comes_between))
        self.devices = tuple(self.slots.devices)
        self._runs: set[tuple[str, str]] = set()
        self._slot_checker = SlotChecker()

    def do(self, operation: Operation, faults: Faults | None = None) -> None:
        """Let one operation run by itself, and look at the slots after it."""
        self.pass_time(_A_SECOND)
        super().do(operation, faults)
        self._slot_checker.check(self.look_at_slots())

    def do_in_turns(self, operations: Sequence[tuple[Operation, Faults]], turns: Sequence[int]) -> None:
        """Let operations run side by side, and look at the slots after them."""
        self.pass_time(_A_SECOND)
        super().do_in_turns(operations, turns)
        self._slot_checker.check(self.look_at_slots())

    def rest(self) -> None:
        """Let days pass until one changes nothing any more, and see that everybody who waits does so for a reason."""
        for _ in range(_MOST_DAYS):
            before = self._stands()
            self._pass_a_day()
            if self._stands() == before:
                break
        else:
            raise Violation("whatever is begun comes to its end", before)
        self._check_at_rest()
        check_slots_at_rest(self.look_at_slots(), frozenset(self._runs))
        for deployment_id in self.deployments(WORKSPACE):
            self.do(LookAgain(deployment_id))

    def look_at_slots(self) -> Slots:
        """What all devices are to have."""
        return Slots(self.slots, self.snapshot(), {each: self.slots.standing(each) for each in self.devices})

    def note_runs(self, device: str, standing: Standing) -> None:
        """Remember that a device said that it runs what it was given."""
        if standing.choice and standing.choice.plan:
            self._runs.add((device, standing.choice.order))

    def _stands(self) -> object:
        """What there is, but for how often a head was written."""
        now = self.snapshot()
        heads = {key: replace(head, rev=0) for key, head in now.heads.items()}
        return heads, now.rows, self.look_at_slots().standings


def pushed(world: World) -> PushedWorld:
    """The world, which is one of pushed slots."""
    assert isinstance(world, PushedWorld)
    return world


@dataclass(frozen=True)
class Push:
    """A user makes a planned deployment, to all devices or to one."""

    version: str
    plan: Plan
    device: int | None = None
    workspace: None = None

    def run(self, world: World, service: Service) -> None:
        there = pushed(world)
        devices = there.devices if self.device is None else there.devices[self.device : self.device + 1]
        wanted = PushedDefinition(self.version, there.slots.content(self.version), devices, self.plan)
        made = create_pushed_deployment(service, WORKSPACE, wanted, world.now)
        if made not in world.deployments(WORKSPACE):
            raise Violation("what was acknowledged is there", made)


@dataclass(frozen=True)
class Give:
    """An operator gives a device something by the call of the dialect, which is in force at once."""

    device: int
    version: str
    workspace: None = None

    def run(self, world: World, service: Service) -> None:
        pushed(world).slots.through(service, world.now).give(pushed(world).devices[self.device], self.version)


@dataclass(frozen=True)
class Remove:
    """An operator deletes a device."""

    device: int
    workspace: None = None

    def run(self, world: World, service: Service) -> None:
        pushed(world).slots.through(service, world.now).delete(pushed(world).devices[self.device])


_WORDS: Mapping[str, Callable[[PushedSlot, str], None]] = {
    "fetches": lambda slots, device: slots.fetches(device),
    "works": lambda slots, device: slots.works(device),
    "fails": lambda slots, device: slots.fails(device),
}
WORDS = tuple(_WORDS)


@dataclass(frozen=True)
class Tell:
    """A device fetches what it is to have, runs it, or cannot run it."""

    device: int
    word: str
    workspace: None = None

    def run(self, world: World, service: Service) -> None:
        there, device = pushed(world), pushed(world).devices[self.device]
        if self.word == "works":
            there.note_runs(device, there.slots.standing(device))
        _WORDS[self.word](there.slots.through(service, world.now), device)


@dataclass(frozen=True)
class LookAgain:
    """An execution looks until there is no more to push, everything is explained, and it looks again at once.

    A device is offered in that what nothing held, and nothing else.
    """

    deployment: int | str
    workspace: None = None

    def run(self, world: World, _: Service) -> None:
        there = pushed(world)
        chosen = self._chosen(there)
        if chosen is None:
            return
        service = world.service(Advance(WORKSPACE, chosen), None, nobody_comes_between)
        self._look(there, service, chosen)
        head = world.heads_since(len(world.table.history), WORKSPACE, chosen)[0]
        explained = [self._explain(there, service, chosen, each) for each in there.devices]
        self._look(there, service, chosen)
        if world.heads_since(len(world.table.history), WORKSPACE, chosen)[0].open_phase == head.open_phase:
            for explanation in filter(None, explained):
                _check_explanation(there, explanation)

    def _chosen(self, there: PushedWorld) -> str | None:
        if isinstance(self.deployment, str):
            return self.deployment
        made = there.deployments(WORKSPACE)
        return made[self.deployment % len(made)] if made else None

    def _look(self, there: PushedWorld, service: Service, chosen: str) -> None:
        for _ in range(2 * DEVICES):
            again = advance(service, WORKSPACE, chosen, there.now)
            if again is None or again > there.now:
                return
        raise Violation("a look leaves nothing to be done at once for ever", chosen)

    def _explain(self, there: PushedWorld, service: Service, chosen: str, device: str) -> Explanation | None:
        with suppress(Refused):
            return explain(service, WORKSPACE, chosen, device, there.now)
        return None


def _check_explanation(there: PushedWorld, explanation: Explanation) -> None:
    before = explanation.part
    if before is None or before.is_offered or not before.is_open:
        return
    after = there.row(WORKSPACE, before.device_id, before.deployment_id)
    is_offered = after is not None and (after.is_offered or after.attempt > before.attempt or not after.is_open)
    is_right = not is_offered if explanation.holds else is_offered
    if not is_right:
        raise Violation("explanations say what a look does", explanation, after)
