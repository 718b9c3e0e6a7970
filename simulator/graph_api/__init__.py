"""The simulated Graph API: checks requests as Meta does, counts them against its limits, accepts or refuses them."""
