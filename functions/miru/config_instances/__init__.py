"""Config instances: contents of configuration files (contract 5.7)."""
