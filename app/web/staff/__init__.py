"""Pages of the shop: fulfilment, merchandising, support."""
