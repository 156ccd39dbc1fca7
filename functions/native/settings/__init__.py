"""What a workspace decides about the other surfaces."""
