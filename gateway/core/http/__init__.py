"""HTTP middleware that every request passes before a route, and what all pages share."""
