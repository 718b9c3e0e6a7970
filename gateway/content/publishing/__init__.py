"""From a draft to what is live: checks, training, examination, swap."""
