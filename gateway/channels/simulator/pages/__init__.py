"""Messenger and Instagram in the simulator: Meta's counter for Pages and accounts, and what a thumb does there."""
