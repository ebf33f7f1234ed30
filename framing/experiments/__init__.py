"""Experiments: a config run end to end, kept with all it depends on, and run again."""
