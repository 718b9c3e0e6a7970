"""Privacy: citizens' rights over their data, erasure, legal holds and the reports of retention."""
