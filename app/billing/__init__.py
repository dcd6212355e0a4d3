"""What is owed: invoices, payments in two steps, attempts, declines, refunds."""
