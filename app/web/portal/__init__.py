"""Pages of subscribers: signing up, boxes, plan, taste, invoices."""
