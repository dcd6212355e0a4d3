"""What we sell: products with their taste, SKUs, and stock that cannot be oversold."""
