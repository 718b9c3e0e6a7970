"""Under the road: the tables' history; files are named by date."""
