"""Sluiceway: a deployment service for device fleets. See the README for how the packages fit together."""
