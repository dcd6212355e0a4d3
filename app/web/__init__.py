"""The doors for people and programs: portal, staff pages, JSON API, webhooks."""
