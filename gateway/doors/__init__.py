"""The doors of the service: links, codes and posters by which citizens come, each counted under a name."""
