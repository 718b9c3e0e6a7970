"""The web chat, both ends of the road: a page and a widget of our own, without a provider in between."""
