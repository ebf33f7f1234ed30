"""Third-party benchmarks: read from where they lie, scored by their own rules."""
