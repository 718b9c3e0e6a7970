"""The simulator's phone on a web page and the live stream behind it."""
