"""Releases: sets of config schemas that belong together (contract 5.2)."""
