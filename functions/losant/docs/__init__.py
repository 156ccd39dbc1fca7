"""How this surface is called, for programs and for people."""
