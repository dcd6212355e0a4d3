"""How much coffee a household drinks, and until when what it has will last."""
