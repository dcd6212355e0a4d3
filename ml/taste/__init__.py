"""What people are expected to like, from a quiz, from coffees' attributes and from ratings."""
