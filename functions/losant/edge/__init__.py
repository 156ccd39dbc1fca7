"""What devices ask and say."""
