"""The access keys that devices log in with."""
