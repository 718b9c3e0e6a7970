"""Station suspicious messages, last of the pipeline: what the gateway's check said becomes the message's matter."""
