"""The Losant surface: edge workflows on edge compute devices, as the genuine REST clients drive them."""
