"""What the bodies of this surface have in common: a member that is not known is a mistake, and is named."""

from pydantic import ConfigDict

from sluiceway.http.wire import WireModel


class NativeModel(WireModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid")
