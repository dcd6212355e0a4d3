"""Standing orders: plans, dates counted from the anchor, pauses, the shop's calendar."""
