"""The worlds that tests stand in: who and what is there before the first line of a test runs.

From the smallest to the whole:

- values: `whatsapp_bodies`, `meta_bodies`, `mutated_updates`, `hostile_words`, `year_of_counts`, `content_folder`
- tables, on both databases: `fixtures` (a database of its own for each test), `officers`, `outbox`, `bulletins`,
  `process_events`, `row_counts`, `outage`
- an application in the test's own event loop: `staff`, `editors` (with `small_content`), `simulator_stage`
- a gateway on a port, with Meta's stand-in before it: `road`, `referrals`, `webchat_visitor`; behind it an engine that
  answers as it is told, `scripted_engine`, or Rasa's two paths, `fake_rasa`
- servers for a browser: `simulator_process`, `echo_service`, `chat_server`, `console_server`, `content_server`; what
  one does on their pages: `phone_pages`, `editor_pages`
- the whole service as `make run` starts it: `stack`

`services` and `ports` say what of this machine they use, `tiers` how thoroughly.
"""
