"""What Messenger and Instagram share: Meta's webhooks and send calls for a Facebook Page or an Instagram account."""
