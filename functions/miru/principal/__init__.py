"""Who is calling (contract 5.8)."""
