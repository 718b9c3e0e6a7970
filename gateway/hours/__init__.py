"""Service hours: when officers answer: the document, the schedule, its words, its page."""
