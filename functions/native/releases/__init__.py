"""What operators decide about a release of configurations."""
