"""The application that a token is of."""
