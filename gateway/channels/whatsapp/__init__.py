"""WhatsApp: the only place that knows the JSON of Meta's Cloud API."""
