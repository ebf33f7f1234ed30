"""Classifiers: from unit texts to frame probabilities and a speaker."""
