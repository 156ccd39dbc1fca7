"""How much further `make soak` looks than a run of the pipeline."""

from __future__ import annotations

from hypothesis import settings

_USUAL_EXAMPLES = 100


def is_soak() -> bool:
    """Whether this run is allowed to take hours."""
    return settings.get_current_profile_name() == "soak"


def examples(usual: int) -> int:
    """So many examples in the pipeline, and as many times more as the profile of the run asks for."""
    return usual * settings().max_examples // _USUAL_EXAMPLES
