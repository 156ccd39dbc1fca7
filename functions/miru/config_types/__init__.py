"""Config types: the kinds of configuration that devices have (contract 5.5)."""
