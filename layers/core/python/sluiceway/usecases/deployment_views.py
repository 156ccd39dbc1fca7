"""A deployment as operators see it, whatever dialect made it: with its plan, and how far each phase has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sluiceway.domain.phase_states import PhaseView, phase_states
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import phase_tallies, plan_of
from sluiceway.domain.rollout import awaits_resume
from sluiceway.domain.rollout_run import RolloutRun
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.finishing import settle
from sluiceway.usecases.head_views import head_view
from sluiceway.usecases.rollouts import rollout_of
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """A deployment with its counters, its plan, and what its execution remembers."""

    progress: Progress
    plan: Plan
    run: RolloutRun

    @property
    def phases(self) -> Sequence[PhaseView]:
        """Where each phase stands."""
        progress = self.progress
        head = replace(head_view(self.plan, progress), has_finished=progress.has_finished and self._is_end_seen)
        return phase_states(self.plan, self.run, head, phase_tallies(progress.deployment, progress.tally))

    @property
    def awaits_resume(self) -> bool:
        """Whether all devices have ended, and a roll back follows once an operator resumes."""
        return awaits_resume(self.plan, self.run, head_view(self.plan, self.progress))

    @property
    def _is_end_seen(self) -> bool:
        """Whether no execution has still to look at the gates after the last device: without a plan none does."""
        return self.run.over_at is not None or not self.progress.deployment.steering.has_plan

    def devices_of(self, phase: PhaseView) -> int:
        """Return how many devices of a phase there is a place for; about, where they are too many to be looked at."""
        deployment = self.progress.deployment
        return phase.tally.with_place(deployment.phases[phase.number].size if deployment.phases else deployment.size)


def view_deployment(service: Service, workspace: str, deployment_id: str) -> DeploymentView:
    """Read one deployment, stamped as finished if it has. Raises NotFound."""
    (progress,) = settle(service, [load(service, workspace, deployment_id)])
    rollout = rollout_of(progress)
    if rollout is None:
        return DeploymentView(progress, plan_of(progress.deployment), RolloutRun())
    return DeploymentView(progress, rollout.plan, rollout.run)
