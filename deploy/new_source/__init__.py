"""A new source begun from captured payloads: what can be read off them is written, the rest is listed."""
