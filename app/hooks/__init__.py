"""What other programs are told: events written with what happened, delivered to their addresses."""
