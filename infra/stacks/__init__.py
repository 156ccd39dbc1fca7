"""One module per kind of stack."""
