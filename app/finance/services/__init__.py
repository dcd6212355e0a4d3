"""What finance can do, one use case a file."""
