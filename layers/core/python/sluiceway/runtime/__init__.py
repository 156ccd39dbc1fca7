"""The composition root: environment, clients, logging and metrics, made lazily and once per process."""
