"""The keys that programs show, here and on other surfaces."""
