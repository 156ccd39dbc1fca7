"""Tags of releases: what one may be, and how many there may be (mender contract 1.8, 4.3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluiceway.domain.errors import Invalid, TooManyTags

MOST_OF_RELEASE = 20
MOST_OF_WORKSPACE = 100
_TAG = re.compile(r"[a-z0-9_.-]{1,1024}")


def clean_tags(given: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are stored: trimmed, in lower case, each once, in the order given. Raises Invalid."""
    tags = tuple(dict.fromkeys(tag.strip().lower() for tag in given))
    if not all(map(_TAG.fullmatch, tags)):
        raise Invalid("a tag has 1 to 1024 characters, each a letter, a digit or one of -_.")
    if len(tags) > MOST_OF_RELEASE:
        raise Invalid(f"a release has at most {MOST_OF_RELEASE} tags")
    return tags


@dataclass(frozen=True, slots=True)
class TagsInUse:
    """How many releases of a workspace have each tag."""

    releases: Mapping[str, int]
    rev: int = 0

    def exchanged(self, before: Iterable[str], after: Iterable[str]) -> TagsInUse:
        """Return the counts after one release has changed its tags. Raises TooManyTags when they become too many."""
        counts = Counter(self.releases)
        counts.subtract(before)
        counts.update(after)
        kept = {tag: count for tag, count in counts.items() if count > 0}
        if len(kept) > max(MOST_OF_WORKSPACE, len(self.releases)):
            raise TooManyTags(f"there would be more than {MOST_OF_WORKSPACE} distinct tags")
        return TagsInUse(kept, self.rev + 1)
