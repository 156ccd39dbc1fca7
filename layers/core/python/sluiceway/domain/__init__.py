"""What a deployment is and how it may change: frozen records and pure functions, standard library only."""
