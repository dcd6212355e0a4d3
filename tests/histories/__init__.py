"""Random histories of charges, refunds, disputes and payouts, told out of order."""
