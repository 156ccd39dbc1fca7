"""PATCH /api/devices/v1/inventory/device/attributes (contract 9.7)."""

from mender._auth import for_devices
from mender._wire_inventory import parse_attributes
from sluiceway.http.endpoint import Call
from sluiceway.http.response import Response
from sluiceway.usecases.report_inventory import merge_attributes
from sluiceway.usecases.sessions import DeviceSession


@for_devices
def handler(call: Call[DeviceSession]) -> Response:
    """Add these attributes, and overwrite those of the same name; the genuine client needs exactly 200."""
    merge_attributes(call.service, call.caller.device, parse_attributes(call.request), call.now)
    return Response(200)
