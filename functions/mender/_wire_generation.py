"""Reading the form of an artifact that is to be generated (contract 4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from mender._wire_artifacts import MOST_DESCRIPTION_CHARACTERS
from mender._wire_uploads import DIRECT_UPLOAD, MOST_BODY_BYTES
from sluiceway.domain.errors import Invalid, TooLarge
from sluiceway.domain.strict_json import Json
from sluiceway.http.json_body import json_object, text_member, text_members
from sluiceway.http.multipart import read_parts
from sluiceway.http.request import Request
from sluiceway.usecases.generate_artifact import FILES_OF_MODULE, SingleFile

MOST_NAME_CHARACTERS = 256
_MOST_TYPES_CHARACTERS = 200 * (MOST_NAME_CHARACTERS + 1)
_SOFTWARE = ("software_filesystem", "software_name", "software_version")


def parse_generation(request: Request) -> SingleFile:
    """Read the parts up to the file. Raises Invalid, and TooLarge with the way around it."""
    if len(request.body) > MOST_BODY_BYTES:
        raise TooLarge(
            f"the file is too large to be generated here, where a request takes {MOST_BODY_BYTES} bytes with the form "
            f"around it: make the artifact with mender-artifact and use {DIRECT_UPLOAD}"
        )
    parts = dict(read_parts(request.headers.get("content-type", ""), request.body, last="file"))
    with form_faults():
        return _single_file(request, parts)


@contextmanager
def form_faults() -> Iterator[None]:
    """Word what is wrong with the form as the contract does, whether reading it or making the artifact tells."""
    try:
        yield
    except Invalid as fault:
        raise Invalid(f"api: invalid form parameters: {fault}") from fault


def _single_file(request: Request, parts: Mapping[str, bytes]) -> SingleFile:
    if "file" not in parts:
        raise Invalid("file: cannot be blank.")
    form: dict[str, Json] = {
        name: content.decode(errors="replace") for name, content in parts.items() if name != "file"
    }
    _check_type(form)
    args = json_object(replace(request, body=parts.get("args", b"")), what="args")
    software = {name: text_member(args, name, longest=MOST_NAME_CHARACTERS, required=False) for name in _SOFTWARE}
    return SingleFile(
        artifact_name=text_member(form, "name", longest=MOST_NAME_CHARACTERS),
        device_types=_device_types(form),
        content=parts["file"],
        description=text_member(form, "description", longest=MOST_DESCRIPTION_CHARACTERS, required=False),
        **_place(args),
        **{name: text for name, text in software.items() if text},
    )


def _check_type(form: Mapping[str, Json]) -> None:
    if text_member(form, "type", longest=MOST_NAME_CHARACTERS) != "single_file":
        raise Invalid("type: must be single_file.")


def _device_types(form: Mapping[str, Json]) -> tuple[str, ...]:
    listed = text_member(form, "device_types_compatible", longest=_MOST_TYPES_CHARACTERS)
    types = tuple(each.strip() for each in listed.split(","))
    if not all(0 < len(each) <= MOST_NAME_CHARACTERS for each in types):
        raise Invalid(f"device_types_compatible: each must have 1 to {MOST_NAME_CHARACTERS} characters.")
    return types


def _place(args: Mapping[str, Json]) -> dict[str, str]:
    place = text_members(args, ("filename", "dest_dir"), longest=MOST_NAME_CHARACTERS)
    if place["filename"] in FILES_OF_MODULE:
        raise Invalid(f"filename: the update module keeps {', '.join(sorted(FILES_OF_MODULE))} for itself.")
    if not place["dest_dir"].startswith("/") or not place["dest_dir"].isprintable():
        raise Invalid("dest_dir: must be an absolute path of printable characters.")
    return place
