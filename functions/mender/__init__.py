"""The Mender surface: management API v1 and the device side, one module per endpoint."""
