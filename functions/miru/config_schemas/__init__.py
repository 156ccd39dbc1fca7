"""Config schemas: what the instances of a type must look like (contract 5.6)."""
