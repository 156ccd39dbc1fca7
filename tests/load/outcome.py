"""What a simulated workspace came to, and what several came to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from math import ceil
from operator import add
from typing import TypeVar

from sluiceway.domain.counters import statistics
from sluiceway.domain.deployment import Deployment
from tests.engine.invariants import Snapshot
from tests.load.ledger import Findings, Ledger
from tests.load.scenario import ROLLOUT

_LABEL = 42
SHARES = (50, 90, 99, 100)
"""Percent of the devices whose waits are no longer than what is shown; the last one is the longest wait of all."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Of the devices of one phase: from its opening to the offer, and from the offer to the end."""

    to_offer: tuple[timedelta, ...] = ()
    to_end: tuple[timedelta, ...] = ()

    def __add__(self, other: Waits) -> Waits:
        return Waits(self.to_offer + other.to_offer, self.to_end + other.to_end)


KeyT = TypeVar("KeyT")
CountT = TypeVar("CountT", Counter[str], Waits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts and waits of some workspaces. `statistics` and `waits` are by the name and by the phase of deployments."""

    polls: int
    reports: int
    phases: int
    """How many phases of the rollout opened in each of the workspaces."""
    findings: Findings
    statistics: Mapping[str, Counter[str]]
    waits: Mapping[tuple[str, int], Waits]

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.polls + other.polls,
            self.reports + other.reports,
            min(self.phases, other.phases),
            self.findings + other.findings,
            _added(self.statistics, other.statistics, Counter()),
            _added(self.waits, other.waits, Waits()),
        )

    def lines(self) -> Iterator[str]:
        """Show the statistics, the distribution of the waits and what is broken; the last line sums up."""
        for name, counts in self.statistics.items():
            yield f"{name}: {' '.join(f'{status}={count:,}' for status, count in sorted(counts.items()))}"
        yield f"{'':{_LABEL}}{'devices':>9}" + "".join(
            f"{f'p{share}' if share < 100 else 'max':>11}" for share in SHARES
        )
        for (name, phase), waits in sorted(self.waits.items()):
            yield _line(f"{name}, phase {phase + 1}, opening to offer", waits.to_offer)
            yield _line(f"{name}, phase {phase + 1}, offer to end", waits.to_end)
        yield from self.findings.lines()
        counted = f"polls={self.polls} reports={self.reports} phases={self.phases}"
        yield f"{counted} broken_invariants={len(self.findings)}"


def _added(some: Mapping[KeyT, CountT], others: Mapping[KeyT, CountT], nothing: CountT) -> dict[KeyT, CountT]:
    """Add up what each has under the same key; who lacks it has nothing of it."""
    return {key: add(some.get(key, nothing), others.get(key, nothing)) for key in {**some, **others}}


def together(outcomes: Iterator[Outcome]) -> Outcome:
    """Add the outcomes of one workspace or more up."""
    return reduce(add, outcomes)


def outcome_of(ledger: Ledger, now: Snapshot) -> Outcome:
    """Say what a workspace came to, by its ledger and by what is stored at the end."""
    heads = sorted(now.heads.values(), key=lambda head: head.order)
    return Outcome(
        ledger.polls,
        ledger.reports,
        sum(len(each.openings) for each in ledger.followed.values() if each.deployment.name == ROLLOUT),
        ledger.findings,
        {head.name: _statistics(now, head) for head in heads},
        {(head.name, phase): _waits(now, head, phase, ledger) for head in heads for phase in range(len(head.phases))},
    )


def _statistics(now: Snapshot, head: Deployment) -> Counter[str]:
    return Counter({str(status): count for status, count in statistics(head, now.tally(head)).items() if count})


def _waits(now: Snapshot, head: Deployment, phase: int, ledger: Ledger) -> Waits:
    opened = ledger.followed[head.id].openings[phase : phase + 1]
    rows = [row for row in now.rows_of(head).values() if row.asked and row.phase == phase]
    to_offer = tuple(row.asked - opening for row in rows for opening in opened if row.asked)
    return Waits(to_offer, tuple(row.finished - row.asked for row in rows if row.asked and row.finished))


def _line(label: str, waits: tuple[timedelta, ...]) -> str:
    in_turn = sorted(waits)
    shown = [_words(in_turn[ceil(len(waits) * share / 100) - 1]) if waits else "-" for share in SHARES]
    return f"{label:{_LABEL}}{len(waits):>9,}" + "".join(f"{each:>11}" for each in shown)


def _words(wait: timedelta) -> str:
    minutes, seconds = divmod(round(wait.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
