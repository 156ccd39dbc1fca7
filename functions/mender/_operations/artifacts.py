"""Artifacts, how they come and how they leave (contract 2.1 to 2.6, 3.1, 3.2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from mender._operations.common import (
    BY_ID,
    CONFLICT,
    CREATED,
    LINK,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    SHA256,
    TOO_LARGE,
    UNPROCESSABLE,
    Count,
    Paging,
    Time,
    Uuid,
    answers,
    answers_page,
)
from mender._wire_artifact_edits import ArtifactUpdate
from mender._wire_artifacts import MOST_DESCRIPTION_CHARACTERS, MOST_LINK_MINUTES, MOST_NAMES
from mender._wire_direct_uploads import NewUpload
from mender._wire_generation import MOST_NAME_CHARACTERS
from mender._wire_uploads import MOST_ARTIFACT_BYTES
from sluiceway.domain.direct_upload import MOST_BYTES, UploadState
from sluiceway.http.openapi import Answer, Content, Operation, Refusal, content_json

Bytes = Annotated[str, WithJsonSchema({"type": "string", "format": "binary"})]


Url = Annotated[str, Field(pattern="^https?://")]


class File(TypedDict):
    """A file of a payload."""

    name: str
    checksum: SHA256
    size: Count
    date: Time


class PayloadType(TypedDict):
    """The update module that installs a payload; null in a bootstrap artifact."""

    type: str | None


class MetadataPair(TypedDict):
    """One member of a payload's metadata, in the form that mender-cli reads."""

    Key: str
    Value: object


class Update(TypedDict):
    """One payload."""

    type_info: PayloadType
    files: list[File] | None
    metadata: NotRequired[dict[str, object]]
    meta_data: NotRequired[list[MetadataPair]]


class Format(TypedDict):
    """The format of the file."""

    format: Literal["mender"]
    version: Literal[1, 2, 3]


class Artifact(TypedDict):
    """What can be deployed: one immutable file."""

    id: Uuid
    name: str
    description: str
    device_types_compatible: Annotated[list[str], Field(min_length=1)]
    info: Format
    signed: bool
    updates: list[Update]
    size: Count
    modified: Time
    artifact_provides: NotRequired[dict[str, str]]
    artifact_depends: NotRequired[dict[str, str | list[str]]]
    clears_artifact_provides: NotRequired[list[str]]


class Link(TypedDict):
    """Where to download without credentials, and until when."""

    uri: Url
    expire: Time


class Upload(TypedDict):
    """Parts are read in this order, and nothing after `artifact`."""

    size: NotRequired[Annotated[int, Field(ge=1, le=MOST_ARTIFACT_BYTES, description="Bytes of the artifact.")]]
    description: NotRequired[Annotated[str, Field(max_length=MOST_DESCRIPTION_CHARACTERS)]]
    artifact_id: NotRequired[Uuid]
    artifact: Bytes


class DirectUploadSize(NewUpload):
    """How large the file is to be, which above 100 MB brings a link for each part."""

    size: Annotated[int, Field(ge=1, le=MOST_BYTES)] | None = None


class UploadPart(TypedDict):
    """Where to PUT one part of a file."""

    number: Annotated[int, Field(ge=1)]
    size: Count
    uri: Url


class Invitation(TypedDict):
    """Where to PUT an artifact, and until when; `parts` stand in place of `uri` above 100 MB that were announced."""

    id: Uuid
    expire: Time
    method: Literal["PUT"]
    uri: NotRequired[Url]
    parts: NotRequired[list[UploadPart]]


class DirectUpload(TypedDict):
    """What became of a direct upload; an aborted one never becomes an artifact, and says why."""

    id: Uuid
    status: Annotated[str, Field(json_schema_extra={"enum": sorted(map(str, UploadState))})]
    error: NotRequired[str]


class Generation(TypedDict):
    """Parts are read in this order, nothing after `file`; `args` is a JSON object with `filename` and `dest_dir`."""

    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME_CHARACTERS)]
    description: NotRequired[Annotated[str, Field(max_length=MOST_DESCRIPTION_CHARACTERS)]]
    device_types_compatible: Annotated[str, Field(min_length=1, description="Separated by commas.")]
    type: Literal["single_file"]
    args: Annotated[str, Field(min_length=1)]
    file: Bytes


class ArtifactSearch(TypedDict, total=False):
    """What a list is narrowed down to: texts are looked for anywhere, in any case."""

    name: str
    description: str
    device_type: str
    sort: Annotated[str, Field(pattern="^((name|modified|artifacts_count|tags)(:(asc|desc))?)?$")]


class ArtifactPages(ArtifactSearch, total=False):
    """The same, a page at a time: in place of a bad number stands the default."""

    page: str
    per_page: Annotated[str, Field(description="20 unless told otherwise, 500 at most.")]


class ArtifactSearchV2(Paging, total=False):
    """Texts in full, or the beginning of one followed by a star; `name` may be repeated when it is in full."""

    name: Annotated[list[str], Field(max_length=MOST_NAMES)]
    description: str
    device_type: str


class Limit(TypedDict):
    """Bytes; a limit of 0 is none."""

    limit: Count
    usage: Count


class LinkLife(TypedDict, total=False):
    """For how long a link is wanted."""

    expire: Annotated[int, Field(ge=1, le=MOST_LINK_MINUTES, description="Minutes; an hour unless told otherwise.")]


DEAD_LINK = Refusal("DeadLink", HTTPStatus.FORBIDDEN, "The link has ended, or is none of ours.")
_ELSEWHERE = Answer(headers={"Location": Annotated[str, Field(pattern="^https?://")], "Cache-Control": str})

OPERATIONS = {
    "artifacts.upload_artifact": Operation(
        body=Content(Upload, "multipart/form-data"),
        answers={201: CREATED},
        refusals=(MALFORMED, CONFLICT, TOO_LARGE),
    ),
    "artifacts.generate_artifact": Operation(
        body=Content(Generation, "multipart/form-data"),
        answers={201: CREATED},
        refusals=(MALFORMED, TOO_LARGE, UNPROCESSABLE),
    ),
    "artifacts.invite_upload": Operation(
        body=content_json(DirectUploadSize), body_required=False, answers=answers(Invitation)
    ),
    "artifacts.complete_upload": Operation(
        path=BY_ID,
        body=content_json(Annotated[object, WithJsonSchema({})]),
        body_required=False,
        answers={202: NO_CONTENT},
        refusals=(NOT_FOUND, CONFLICT),
    ),
    "artifacts.get_upload": Operation(path=BY_ID, answers=answers(DirectUpload), refusals=(MALFORMED, NOT_FOUND)),
    "artifacts.list_artifacts": Operation(query=ArtifactSearch, answers=answers(list[Artifact]), refusals=(MALFORMED,)),
    "artifacts.list_artifacts_paged": Operation(
        query=ArtifactPages, answers=answers_page(Artifact), refusals=(MALFORMED,)
    ),
    "artifacts.search_artifacts": Operation(
        query=ArtifactSearchV2, answers=answers_page(Artifact, LINK), refusals=(MALFORMED,)
    ),
    "artifacts.get_limit": Operation(path={"name": Literal["storage"]}, answers=answers(Limit), refusals=(MALFORMED,)),
    "artifacts.describe_artifact": Operation(
        path=BY_ID,
        body=content_json(ArtifactUpdate),
        answers={204: NO_CONTENT},
        refusals=(NOT_FOUND, UNPROCESSABLE),
    ),
    "artifacts.get_artifact": Operation(path=BY_ID, answers=answers(Artifact), refusals=(MALFORMED, NOT_FOUND)),
    "artifacts.delete_artifact": Operation(
        path=BY_ID, answers={204: NO_CONTENT}, refusals=(MALFORMED, NOT_FOUND, CONFLICT)
    ),
    "artifacts.make_download_link": Operation(
        path=BY_ID, query=LinkLife, answers=answers(Link), refusals=(MALFORMED, NOT_FOUND)
    ),
    "artifacts.download_artifact": Operation(answers={302: _ELSEWHERE}, refusals=(DEAD_LINK, NOT_FOUND)),
}
