"""How good a recommender is: fair splits, metrics with intervals, and the rivals it must beat."""
