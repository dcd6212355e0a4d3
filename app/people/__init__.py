"""Who signs in: people, their roles and addresses, and keys for programs."""
