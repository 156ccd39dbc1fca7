"""What the members of a plan are called in JSON: as in `domain.plan`, but durations say that they are in seconds."""

import re

_SPANS = (
    *("soak", "duration", "spread", "base", "cap", "penalty", "look_every"),
    *("offered", "downloading", "installing", "rebooting", "retrying"),
)
_MEMBERS = {"retry": "attempts", "attempts": "most", **{name: f"{name}_seconds" for name in _SPANS}}
_INDEX = re.compile(r"\[(\d+)\]")


def member_of(name: str) -> str:
    """Return what a field of the domain is called in JSON."""
    return _MEMBERS.get(name, name)


def path_of(place: str) -> str:
    """Turn the place of a fault, such as `plan.phases[1].gate.soak`, into `plan.phases.1.gate.soak_seconds`."""
    return ".".join(map(member_of, _INDEX.sub(r".\1", place).split(".")))
