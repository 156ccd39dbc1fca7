"""The Mender surface: its routes, its words for what goes wrong, and its request id (contract 1.3)."""

from mender._errors import fail, refuse
from mender._routes import ROUTES
from sluiceway.http.endpoint import Surface

SURFACE = Surface(name="mender", routes=ROUTES, refuse=refuse, fail=fail, request_id_header="X-MEN-RequestID")
