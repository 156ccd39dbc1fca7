"""Git commits that configurations come from (contract 5.3)."""
