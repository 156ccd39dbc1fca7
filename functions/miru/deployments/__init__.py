"""Deployments of configuration to devices (contract 5.1)."""
