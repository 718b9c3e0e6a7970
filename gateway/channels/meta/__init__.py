"""Meta: signature, Graph API, JSON, errors and splitting for all platforms; what Messenger and Instagram share."""
