"""A stand-in for Stripe: a foreign server that knows nothing of the product that calls it."""
