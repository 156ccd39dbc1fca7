"""YAML as far as it says what JSON can say: the core schema of YAML 1.2, without aliases and without repeated keys."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002"
_PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
}
"""What text without quotes is taken for: its form, and the characters that it can begin with."""
_BASES = {"0o": 8, "0x": 16}


def yaml_as_json(text: str) -> str:
    """Rewrite one YAML document as JSON. Raises ValueError for a text that is none, or says what JSON cannot say."""
    try:
        return json.dumps(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark
        place = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(f"{broken.problem}{place}") from None
    except (yaml.YAMLError, TypeError) as broken:
        raise ValueError(str(broken)) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """SafeLoader follows YAML 1.1, where `no` is false, and lets a few bytes of aliases stand for terabytes."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way to configure a loader

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise ValueError("aliases are not taken")
        return super().compose_node(parent, index)

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        """Zeros alone before a number do not make it octal, as they do in YAML 1.1."""
        text = self.construct_scalar(node)
        return int(text, _BASES.get(text[:2], 10))

    def construct_pairs_once(self, node: yaml.MappingNode) -> dict[Any, Any]:
        pairs = self.construct_pairs(node, deep=True)
        members = {key: value for key, value in pairs if isinstance(key, str | int | float)}
        if len(members) < len(pairs):
            line = node.start_mark.line + 1
            raise ValueError(f"the mapping in line {line} has a key twice, or one that is neither text nor a number")
        return members


for _kind, (_form, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(f"{_TAG}:{_kind}", re.compile(rf"(?:{_form})\Z"), _first)
_Loader.add_constructor(f"{_TAG}:int", _Loader.construct_integer)
_Loader.add_constructor(f"{_TAG}:map", _Loader.construct_pairs_once)
