"""Who may do what: one line for each route of the application. A route without a line fails the test of all routes.

To add a page: a line `"METHOD /path": roles`. `EVERYBODY` needs no sign-in; `SIGNED_IN` is anybody who is signed in.
"""

from gateway.accounts.access import Role

EVERYBODY: frozenset[Role] | None = None
SIGNED_IN = frozenset(Role)
OFFICER, SUPERVISOR, EDITOR = Role.OFFICER, Role.SUPERVISOR, Role.EDITOR
ADMINISTRATOR, AUDITOR = Role.ADMINISTRATOR, Role.AUDITOR

WHO_MAY: dict[str, frozenset[Role] | None] = {
    # Citizens, providers, operators
    "GET /": EVERYBODY,
    "GET /privacy": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
    "GET /webhooks/whatsapp": EVERYBODY,
    "POST /webhooks/whatsapp": EVERYBODY,
    "GET /bulletins": EVERYBODY,
    "GET /bulletins.atom": EVERYBODY,
    "GET /chat": EVERYBODY,
    "GET /chat/events": EVERYBODY,
    "GET /chat/widget.js": EVERYBODY,
    "POST /chat/messages": EVERYBODY,
    "POST /chat/read": EVERYBODY,
    "POST /chat/end": EVERYBODY,
    "POST /chat/exit": EVERYBODY,
    # Signing in
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "GET /sign-in/factor": EVERYBODY,
    "POST /sign-in/code": EVERYBODY,
    "POST /sign-in/passkey": EVERYBODY,
    "GET /sign-in/provider": EVERYBODY,
    "GET /sign-in/provider/callback": EVERYBODY,
    "GET /enrol": EVERYBODY,
    "POST /enrol": EVERYBODY,
    "GET /enrol/factor": EVERYBODY,
    "POST /enrol/code": EVERYBODY,
    "POST /enrol/passkey": EVERYBODY,
    "POST /sign-out": SIGNED_IN,
    "GET /unlock": SIGNED_IN,
    "POST /unlock": SIGNED_IN,
    "POST /unlock/now": SIGNED_IN,
    # One's own account
    "GET /account": SIGNED_IN,
    "POST /account/here": SIGNED_IN,
    "POST /account/language": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "GET /account/factor": SIGNED_IN,
    "POST /account/factor": SIGNED_IN,
    "POST /account/passkeys/{key_id}/remove": SIGNED_IN,
    "POST /account/sessions/{session_id}/end": SIGNED_IN,
    # The administrator's pages
    "GET /accounts": frozenset({ADMINISTRATOR}),
    "POST /accounts": frozenset({ADMINISTRATOR}),
    "GET /accounts/{person_id}": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/roles": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/block": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/unblock": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/reset": frozenset({ADMINISTRATOR}),
    # The editors' pages
    "GET /content": frozenset({EDITOR}),
    "GET /content/search": frozenset({EDITOR}),
    "GET /content/new-topic": frozenset({EDITOR}),
    "POST /content/new-topic": frozenset({EDITOR}),
    "GET /content/topics/{topic}": frozenset({EDITOR}),
    "POST /content/topics/{topic}": frozenset({EDITOR}),
    "POST /content/topics/{topic}/reviewed": frozenset({EDITOR}),
    "GET /content/topics/{topic}/examples": frozenset({EDITOR}),
    "POST /content/topics/{topic}/examples": frozenset({EDITOR}),
    "GET /content/topics/{topic}/tests": frozenset({EDITOR}),
    "POST /content/topics/{topic}/tests": frozenset({EDITOR}),
    "GET /content/topics/{topic}/arrange": frozenset({EDITOR}),
    "POST /content/topics/{topic}/merge": frozenset({EDITOR}),
    "POST /content/topics/{topic}/retire": frozenset({EDITOR}),
    "POST /content/preview": frozenset({EDITOR}),
    "POST /content/alike": frozenset({EDITOR}),
    "GET /content/contacts": frozenset({EDITOR}),
    "GET /content/contacts/{key}": frozenset({EDITOR}),
    "POST /content/contacts/{key}": frozenset({EDITOR}),
    "POST /content/contacts/{key}/save": frozenset({EDITOR}),
    "GET /content/history": frozenset({EDITOR}),
    "GET /content/history/{commit}": frozenset({EDITOR}),
    "POST /content/history/{commit}/return": frozenset({EDITOR}),
    "POST /content/resolve": frozenset({EDITOR}),
    "GET /content/publishing": frozenset({EDITOR}),
    "GET /content/publishing/job": frozenset({EDITOR}),
    "POST /content/publishing/order": frozenset({EDITOR}),
    "POST /content/publishing/approve": frozenset({EDITOR}),
    "POST /content/publishing/cancel": frozenset({EDITOR}),
    "POST /content/publishing/return": frozenset({EDITOR}),
    "GET /content/spreadsheet": frozenset({EDITOR}),
    "GET /content/spreadsheet/file.xlsx": frozenset({EDITOR}),
    "POST /content/spreadsheet": frozenset({EDITOR}),
    "POST /content/spreadsheet/save": frozenset({EDITOR}),
    "GET /content/try": frozenset({EDITOR}),
    "POST /content/try": frozenset({EDITOR}),
    "POST /content/try/test": frozenset({EDITOR}),
    "GET /content/inbox": frozenset({EDITOR}),
    "GET /content/inbox/{message}": frozenset({EDITOR}),
    "POST /content/inbox/{message}": frozenset({EDITOR}),
    "POST /content/inbox/{message}/discard": frozenset({EDITOR}),
    "GET /content/guide": frozenset({EDITOR}),
    # The auditor's pages
    "GET /audit": frozenset({AUDITOR}),
    "POST /audit/verify": frozenset({AUDITOR}),
    "POST /audit/export": frozenset({AUDITOR}),
}

# Below these no member of staff is meant: the provider's signature, or the chat page's own origin, is the guard.
GUARDED_OTHERWISE = ("/webhooks", "/chat")

# Whole applications and folders of files below a path: what they hold is not the staff's.
MOUNTED = {"/static": "files that everybody may read", "/simulator": "the stand-in for WhatsApp; development only"}
