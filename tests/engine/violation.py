from __future__ import annotations


class Violation(AssertionError):
    """An invariant of the engine does not hold."""

    def __init__(self, invariant: str, *evidence: object) -> None:
        super().__init__(f"{invariant}: {', '.join(map(str, evidence))}")
        self.invariant, self.evidence = invariant, evidence
