"""The WhatsApp end of the road: the only place that knows Meta's JSON."""
