"""Facts into words: the letters that people and staff get, in their language."""
