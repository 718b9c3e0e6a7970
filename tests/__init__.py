"""All checks of the project; the folders follow the parts they prove."""
