"""Tastes and mixes: the quiz, exclusions, ratings, and what goes into which box."""
