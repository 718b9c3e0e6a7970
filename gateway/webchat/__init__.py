"""Web chat: the citizens' page `/chat`, its forms and its event stream; its messages go to the inbox."""
