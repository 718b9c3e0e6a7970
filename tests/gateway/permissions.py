"""Who may do what: one line for each route of the application. A route without a line fails the test of all routes.

To add a page: a line `"METHOD /path": roles`. `EVERYBODY` needs no sign-in; `SIGNED_IN` is anybody who is signed in.
"""

from gateway.accounts.access import Role

EVERYBODY: frozenset[Role] | None = None
SIGNED_IN = frozenset(Role)
OFFICER, SUPERVISOR, EDITOR = Role.OFFICER, Role.SUPERVISOR, Role.EDITOR
ADMINISTRATOR, AUDITOR = Role.ADMINISTRATOR, Role.AUDITOR
CONSOLE = frozenset({OFFICER, SUPERVISOR})

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
    # The officers' console: those who answer and those who lead them, nobody else
    "GET /console": CONSOLE,
    "GET /console/queue": CONSOLE,
    "GET /console/events": CONSOLE,
    "GET /console/search": CONSOLE,
    "GET /console/conversations/{conversation_id}": CONSOLE,
    "GET /console/conversations/{conversation_id}/parts": CONSOLE,
    "GET /console/conversations/{conversation_id}/ready": CONSOLE,
    "GET /console/conversations/{conversation_id}/media/{message_id}/ask": CONSOLE,
    "GET /console/conversations/{conversation_id}/media/{message_id}": CONSOLE,
    "GET /console/conversations/{conversation_id}/media/{message_id}/file": CONSOLE,
    "POST /console/shift/start": CONSOLE,
    "POST /console/shift/end": CONSOLE,
    "POST /console/here": CONSOLE,
    "POST /console/search": CONSOLE,
    "POST /console/conversations/{conversation_id}/claim": CONSOLE,
    "POST /console/conversations/{conversation_id}/take-over": CONSOLE,
    "POST /console/conversations/{conversation_id}/hand-on": CONSOLE,
    "POST /console/conversations/{conversation_id}/release": CONSOLE,
    "POST /console/conversations/{conversation_id}/give-back": CONSOLE,
    "POST /console/conversations/{conversation_id}/close": CONSOLE,
    "POST /console/conversations/{conversation_id}/block": CONSOLE,
    "POST /console/conversations/{conversation_id}/unblock": CONSOLE,
    "POST /console/conversations/{conversation_id}/reply": CONSOLE,
    "POST /console/conversations/{conversation_id}/draft": CONSOLE,
    "POST /console/conversations/{conversation_id}/typing": CONSOLE,
    "POST /console/conversations/{conversation_id}/away": CONSOLE,
    "POST /console/conversations/{conversation_id}/template": CONSOLE,
    "POST /console/conversations/{conversation_id}/notes": CONSOLE,
    "POST /console/conversations/{conversation_id}/labels": CONSOLE,
    "POST /console/conversations/{conversation_id}/labels/remove": CONSOLE,
    "POST /console/conversations/{conversation_id}/number": CONSOLE,
    "POST /console/conversations/{conversation_id}/transcript": CONSOLE,
    "POST /console/conversations/{conversation_id}/media/{message_id}": CONSOLE,
    "POST /console/conversations/{conversation_id}/words": CONSOLE,
    # The administrator's pages
    "GET /accounts": frozenset({ADMINISTRATOR}),
    "POST /accounts": frozenset({ADMINISTRATOR}),
    "GET /accounts/{person_id}": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/roles": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/block": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/unblock": frozenset({ADMINISTRATOR}),
    "POST /accounts/{person_id}/reset": frozenset({ADMINISTRATOR}),
    # The auditor's pages
    "GET /audit": frozenset({AUDITOR}),
    "POST /audit/verify": frozenset({AUDITOR}),
    "POST /audit/export": frozenset({AUDITOR}),
}

# Below these no member of staff is meant: the provider's signature, or the chat page's own origin, is the guard.
GUARDED_OTHERWISE = ("/webhooks", "/chat")

# Whole applications and folders of files below a path: what they hold is not the staff's.
MOUNTED = {"/static": "files that everybody may read", "/simulator": "the stand-in for WhatsApp; development only"}
