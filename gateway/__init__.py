"""The gateway: the only public process; its folders follow the road of a message."""
