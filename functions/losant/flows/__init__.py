"""Flows and their versions, whose bundles are put on devices."""
