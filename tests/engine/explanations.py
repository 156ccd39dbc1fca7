"""What a device is told, and what operators are told of it: the two never contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import RequestChanged, Unauthenticated
from sluiceway.domain.holds import Reason
from sluiceway.usecases.explain import Explanation, explain
from sluiceway.usecases.next_deployment import Answer, next_deployment
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import open_device_session_with_board
from tests.engine.recording import nobody_comes_between
from tests.engine.violation import Violation
from tests.engine.world import BOARDS, World

_ENDED_BY_ASKING = frozenset({Status.NOARTIFACT, Status.ALREADY_INSTALLED})
"""How a part ends with nothing installed, by what only the device knows."""


@dataclass(frozen=True)
class Compare:
    """It is explained why a device is not updating, of each deployment there is, and then the device asks.

    It asks once before, so that what it says of itself is known.
    """

    workspace: str
    device: str
    installed: str = "app-0"
    board: str = BOARDS[0]
    reads_control_maps: bool = False

    def run(self, world: World, _: Service) -> None:
        service = world.service(self, None, nobody_comes_between)
        with suppress(RequestChanged, Unauthenticated):
            self._ask(world, service)
        explained = [
            explain(service, self.workspace, each, self.device, world.now) for each in world.deployments(self.workspace)
        ]
        for explanation in explained:
            self._check_turn(world, explanation)
        try:
            answer = self._ask(world, service)
        except Unauthenticated:
            self._check_turned_away(explained)
            return
        for explanation in explained:
            self._check_offer(world, explanation, answer)
        self._check_hold(explained, answer)

    def _ask(self, world: World, service: Service) -> Answer:
        session = open_device_session_with_board(service, world.claims(self.workspace, self.device))
        provides = Provides(self.installed, self.board, {}, self.reads_control_maps)
        return next_deployment(service, session, provides, world.now)

    def _check_turn(self, world: World, explanation: Explanation) -> None:
        """Who can be given back what it had waits for what it works on, or for another roll back, and for no other."""
        part = explanation.part
        if not (part and part.undoes and explanation.ahead):
            return
        ahead = world.row(self.workspace, self.device, explanation.ahead)
        if not (world.rolls_back(self.workspace, explanation.ahead) or (ahead and ahead.is_offered)):
            raise Violation("a roll back goes ahead of what was not offered", explanation, ahead)

    def _check_turned_away(self, explained: Sequence[Explanation]) -> None:
        silent = [each for each in explained if each.hold_by(Reason.NOT_ACCEPTED) is None]
        if silent:
            raise Violation("explanations say what devices are told", silent)

    def _check_offer(self, world: World, explanation: Explanation, answer: Answer) -> None:
        """What nothing holds is offered, or turns out to be nothing for this device; what something holds is not."""
        is_offered = answer.offer is not None and answer.offer.deployment_id == explanation.deployment_id
        if explanation.holds:
            is_right = not is_offered
        else:
            is_right = is_offered or self._has_just_ended(world, explanation) or _reads_no_maps(answer)
        if not is_right:
            raise Violation("explanations say what devices are told", explanation, answer)

    def _has_just_ended(self, world: World, explanation: Explanation) -> bool:
        row = world.row(self.workspace, self.device, explanation.deployment_id)
        return row is not None and row.status in _ENDED_BY_ASKING

    def _check_hold(self, explained: Sequence[Explanation], answer: Answer) -> None:
        """What a device is told that it waits for, is the first reason of the deployment that it waits for.

        When that can change, an explanation knows better: it sees soaks, and the end of the plan.
        """
        if answer.hold is None or _reads_no_maps(answer):
            return
        if answer.hold.reason not in [each.holds[0].reason for each in explained if each.holds]:
            raise Violation("explanations say what devices are told", explained, answer)


def _reads_no_maps(answer: Answer) -> bool:
    return answer.hold is not None and answer.hold.reason is Reason.READS_NO_MAPS
