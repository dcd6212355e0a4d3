"""Pages of the shop: fulfilment, merchandising, support, finance, the owner."""
