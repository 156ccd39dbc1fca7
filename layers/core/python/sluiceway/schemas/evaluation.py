"""The process that evaluates schemas: a question as JSON on standard input, its answer on standard output."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.schemas.json_schema import canonical_schema, violations_of


def main() -> None:
    """Answer, within the limits that the question sets."""
    question = json.load(sys.stdin)
    _limit(question["cpu_seconds"], question["memory"])
    json.dump(answer(question), sys.stdout)


def answer(question: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `canonical` form of a `schema`, or the `violations` of each case; else why it is `refused`."""
    try:
        if "schema" in question:
            return {"canonical": canonical_schema(question["schema"], SchemaFormat(question["format"]))}
        cases = (Case(content, schema, SchemaFormat(format_)) for content, schema, format_ in question["cases"])
        return {"violations": [violations_of(case) for case in cases]}
    except ValueError as broken:
        return {"refused": str(broken)}
    except MemoryError:
        return {"refused": "the schema takes more memory than there is for it"}


def _limit(cpu_seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
