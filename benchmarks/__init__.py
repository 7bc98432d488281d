"""Measurements of the speed and size of the engine."""
