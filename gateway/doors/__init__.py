"""Beside the road: doors, the links, codes and posters by which citizens come, each counted under a name."""
