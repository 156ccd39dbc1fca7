"""Which versions of flows are to be on which devices."""
