"""What always holds of the slots that planned deployments are pushed to, whoever else gives them something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.choices import Choice
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import BROUGHT, DeviceDeployment, Status, has_newer
from tests.engine.invariants import Snapshot
from tests.engine.violation import Violation
from tests.support.pushed import PushedSlot, Standing


@dataclass(frozen=True, slots=True)
class Slots:
    """What devices are to have, and the planned deployments that may have given it to them."""

    slots: PushedSlot
    now: Snapshot
    standings: Mapping[str, Standing]

    def deployments(self) -> Iterator[Deployment]:
        """All of them, oldest first."""
        return iter(sorted(self.now.heads.values(), key=lambda head: head.order))

    def chosen_by(self, choice: Choice | None) -> Deployment | None:
        """The one that made a choice, None for an immediate call."""
        return next((head for head in self.deployments() if choice and head.order == choice.order), None)

    def row(self, deployment: Deployment, device: str) -> DeviceDeployment | None:
        """The part of a device in a deployment."""
        return self.now.rows_of(deployment).get(device)

    def undone_by(self, deployment: Deployment) -> Deployment | None:
        """What a roll back undoes."""
        return next((head for head in self.deployments() if head.id == deployment.rolls_back), None)

    def had_before(self, deployment: Deployment, device: str) -> str:
        """What a device had when it was offered a deployment."""
        row = self.row(deployment, device)
        return self.slots.named(row.previous) if row else ""

    def brought_by(self, deployment: Deployment, device: str) -> str:
        """What a deployment gives a device; a roll back gives each what it had."""
        undone = self.undone_by(deployment)
        assert deployment.content is not None
        return self.had_before(undone, device) if undone else self.slots.brings(deployment.content)

    def orders_withdrawn(self) -> frozenset[str]:
        """Those of what was aborted."""
        return frozenset(head.order for head in self.deployments() if head.is_withdrawn)


class SlotChecker:
    """Follows what devices are to have from one operation to the next."""

    def __init__(self) -> None:
        self._before: Mapping[str, Standing] = {}
        self._withdrawn: frozenset[str] = frozenset()

    def check(self, slots: Slots) -> None:
        """Raise Violation when a slot was given what it must not be."""
        for device, standing in slots.standings.items():
            former = self._before.get(device, Standing())
            if standing != former:
                self._check_change(slots, device, former, standing)
        self._before, self._withdrawn = dict(slots.standings), slots.orders_withdrawn()

    def _check_change(self, slots: Slots, device: str, former: Standing, standing: Standing) -> None:
        chosen = slots.chosen_by(standing.choice)
        if chosen is None:
            return
        if former.choice != standing.choice:
            check_newest(slots, chosen, device, former)
        if slots.chosen_by(former.choice) != chosen:
            self._check_given(slots, chosen, device, former)
        check_content(slots, chosen, device, standing)

    def _check_given(self, slots: Slots, chosen: Deployment, device: str, former: Standing) -> None:
        row = slots.row(chosen, device)
        if row is None or row.asked is None or row.phase > chosen.open_phase:
            raise Violation("no device is given anything before its phase opens", chosen, row)
        if chosen.order in self._withdrawn:
            raise Violation("nothing more is pushed after an abort", chosen, former)


def check_newest(slots: Slots, chosen: Deployment, device: str, former: Standing) -> None:
    """A planned deployment gives way to what was chosen after it was made; a roll back, after what it undoes was."""
    choice = former.choice
    if choice is None or slots.chosen_by(choice) == chosen or _is_taken_back(slots, chosen, device, former):
        return
    if _came_to_nothing(slots, chosen, device, choice):
        return
    if _chosen_at(slots, choice) > _since(slots, chosen):
        raise Violation("the newest choice stands", former, chosen)


def _is_taken_back(slots: Slots, chosen: Deployment, device: str, standing: Standing) -> bool:
    """Whether a device has what a roll back undoes, since something newer was rolled back or aborted."""
    undone, before = slots.undone_by(chosen), slots.chosen_by(standing.choice)
    if undone is None or before is None or standing.choice is None:
        return False
    return standing.choice.plan != before.order and standing.version == slots.brought_by(undone, device)


def _came_to_nothing(slots: Slots, chosen: Deployment, device: str, choice: Choice | None) -> bool:
    """Whether a device keeps what a roll back undoes, or less: all that it was given since it failed at, or never got.

    What it had when it was given the last of these tells whether an operator gave it something else in between.
    """
    undone, last = slots.undone_by(chosen), slots.chosen_by(choice)
    if undone is None or last is None:
        return False
    rows = {head.order: (head, row) for head in slots.deployments() if (row := slots.row(head, device)) and row.asked}
    since = [(head, row) for head, row in rows.values() if head.order > undone.order]
    if has_newer([row for _, row in since], undone.order) or last.order not in rows:
        return False
    head, row = rows[last.order]
    in_vain = {slots.brought_by(head, device) for head, row in since if row.status not in BROUGHT}
    is_vain = (row.is_unapplied and not row.is_in_flight) or (choice is not None and choice.plan != head.order)
    return is_vain and slots.had_before(head, device) in {"", slots.brought_by(undone, device), *in_vain}


def _chosen_at(slots: Slots, choice: Choice) -> datetime:
    chosen = slots.chosen_by(choice)
    return _since(slots, chosen) if chosen else choice.at


def _since(slots: Slots, chosen: Deployment) -> datetime:
    """A roll back is as old as what it undoes."""
    return (slots.undone_by(chosen) or chosen).created


def check_content(slots: Slots, chosen: Deployment, device: str, standing: Standing) -> None:
    """A slot holds what the deployment brings that gave it, or after an abort what was there before; or it failed."""
    possible = {"", slots.brought_by(chosen, device)}
    if chosen.is_withdrawn:
        possible.add(slots.had_before(chosen, device))
    if standing.version not in possible:
        raise Violation("each device is given what its deployment brings, or back what it had", standing, possible)


def check_slots_at_rest(slots: Slots, runs: frozenset[tuple[str, str]]) -> None:
    """Compare slots with rows, after the looks of some quiet days.

    `runs` has the devices that said that they run something, each with the order of the deployment that gave it.
    """
    for device, standing in slots.standings.items():
        chosen = slots.chosen_by(standing.choice)
        row = slots.row(chosen, device) if chosen else None
        if chosen is not None and row is not None:
            _check_row(row, chosen, standing)
        if chosen is not None and chosen.is_withdrawn and (device, chosen.order) not in runs:
            _check_taken_back(slots, chosen, device, standing)
    for head in slots.deployments():
        for device, row in slots.now.rows_of(head).items():
            _check_part(row, head, slots.standings[device])
            if row.status is Status.SUCCESS:
                _check_success(slots, head, device, slots.standings[device])
            if row.status is Status.SUPERSEDED:
                _check_rolled_back(slots, head, device, slots.standings[device])


def _check_row(row: DeviceDeployment, chosen: Deployment, standing: Standing) -> None:
    if row.asked is None or row.status is Status.SUPERSEDED:
        raise Violation("what a slot holds is what the rows say", row, chosen, standing)


def _check_taken_back(slots: Slots, chosen: Deployment, device: str, standing: Standing) -> None:
    if standing.version != slots.had_before(chosen, device):
        raise Violation("what an abort meets before the device has it is taken back", chosen, device, standing)


def _check_part(row: DeviceDeployment, head: Deployment, standing: Standing) -> None:
    if head.is_withdrawn and row.is_unapplied:
        raise Violation("what an abort meets before the device has it comes to an end", row)
    takes_off = bool(head.rolls_back) and not standing.version
    is_at_work = row.is_in_flight and not head.is_withdrawn and not takes_off
    if is_at_work and (standing.choice is None or standing.choice.order != head.order):
        raise Violation("what a device works on is what it was given", row, standing)


def _check_success(slots: Slots, head: Deployment, device: str, standing: Standing) -> None:
    """Who is through has what a deployment brings, until it is rolled back or something newer is chosen.

    Configuration that was taken off leaves the choice as it was.
    """
    if standing.choice is None or not standing.version or head.rolled_back_by:
        return
    is_older = _chosen_at(slots, standing.choice) < _since(slots, head)
    is_its_own = slots.chosen_by(standing.choice) in (head, slots.undone_by(head))
    if (is_older or (standing.choice.plan and is_its_own)) and standing.version != slots.brought_by(head, device):
        raise Violation("who is through has what the deployment brings", head, device, standing)


def _check_rolled_back(slots: Slots, head: Deployment, device: str, standing: Standing) -> None:
    """No device keeps what is rolled back just because it was given something newer that it does not keep."""
    last, undoing = slots.chosen_by(standing.choice), slots.row(head, device)
    given = slots.row(last, device) if last else None
    if last is None or given is None or undoing is None or undoing.finished is None or given.asked is None:
        return
    gave_way_to_it = slots.undone_by(last) is not None or undoing.finished > given.asked
    is_left = _is_taken_back(slots, head, device, standing) or (
        slots.undone_by(last) is None and _came_to_nothing(slots, head, device, standing.choice)
    )
    if gave_way_to_it and is_left:
        raise Violation("what is rolled back is gone", head, device, standing)
