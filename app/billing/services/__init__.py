"""What billing can do, one use case a file."""
