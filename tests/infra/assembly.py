"""A cloud assembly as the tests read it, with every reference written out: `${Table.Arn}/index/GSI1`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Properties: TypeAlias = Mapping[str, Any]

_LOGICAL_ID_DIGEST = re.compile(r"(?<=\w)[0-9A-F]{8}$")


@dataclass(frozen=True)
class Resource:
    stack: str
    logical_id: str
    type: str
    properties: Properties
    definition: Properties
    """The whole entry of the template, policies of deletion included."""

    @property
    def name(self) -> str:
        return without_digest(self.logical_id)


@dataclass(frozen=True)
class Assembly:
    folder: Path
    templates: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, folder: Path) -> Assembly:
        suffix = ".template.json"
        found = {path.name.removesuffix(suffix): json.loads(path.read_text()) for path in folder.glob(f"*{suffix}")}
        return cls(folder, found)

    def resources(self, kind: str) -> Iterator[Resource]:
        for stack, template in self.templates.items():
            for logical_id, definition in template["Resources"].items():
                if definition["Type"] == kind:
                    yield Resource(stack, logical_id, kind, definition.get("Properties", {}), definition)

    def one(self, kind: str, name: str) -> Resource:
        (found,) = (resource for resource in self.resources(kind) if resource.name == name)
        return found

    def functions(self) -> dict[str, Resource]:
        """Every function by its handler."""
        return {found.properties["Handler"]: found for found in self.resources("AWS::Lambda::Function")}

    def asset(self, key: str) -> Path:
        """The folder that is uploaded under this key."""
        return self.folder / f"asset.{key.removesuffix('.zip')}"

    def outputs(self) -> dict[str, str]:
        return {
            name: self.render(output["Value"])
            for template in self.templates.values()
            for name, output in template.get("Outputs", {}).items()
        }

    def render(self, value: Any) -> str:  # noqa: ANN401 - a text or one of CloudFormation's functions
        """Write out a string with its references, those into other stacks too."""
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Ref":
            return f"${{{without_digest(argument)}}}"
        if function == "Fn::GetAtt":
            return f"${{{without_digest(argument[0])}.{argument[1]}}}"
        if function == "Fn::Join":
            return str(argument[0]).join(self.render(part) for part in argument[1])
        assert function == "Fn::ImportValue", function
        return self.render(self._exported(argument))

    def _exported(self, name: str) -> Any:  # noqa: ANN401 - as above
        (value,) = (
            output["Value"]
            for template in self.templates.values()
            for output in template.get("Outputs", {}).values()
            if output.get("Export", {}).get("Name") == name
        )
        return value


def without_digest(logical_id: str) -> str:
    return _LOGICAL_ID_DIGEST.sub("", logical_id)
