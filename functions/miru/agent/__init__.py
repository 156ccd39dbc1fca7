"""What the program on a device calls (contract 8)."""
