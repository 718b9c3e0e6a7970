"""A filled service to look at: talks of weeks, a queue, a wave of a scam, a notice and figures; development only."""
