"""The endpoint kit: API Gateway events in, responses out, errors in the dialect of the surface."""
