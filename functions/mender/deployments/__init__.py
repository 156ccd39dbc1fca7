"""Deployments, and what devices ask and report about them."""
