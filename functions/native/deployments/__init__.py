"""Deployments under a plan, over whatever slot, and what operators do with them while they go on."""
