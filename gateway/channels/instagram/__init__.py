"""The Instagram end of the road: a professional account of ours, through either of Meta's two doors."""
