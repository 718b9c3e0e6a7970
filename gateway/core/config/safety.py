"""Settings: which of them are unsafe, in words; the service starts with none such, and `doctor` prints the same."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from gateway.core.config.samples import SAMPLE, SAMPLE_DATA_KEY
from gateway.core.config.service import ServiceSettings
from gateway.core.networks import parse_address, read_networks

# Characters of a secret. `openssl rand -hex 32` makes 64; Meta's own app secrets have 32.
SHORTEST_SECRET = 20
_FEWEST_DIFFERENT = 8
# Of 32 random bytes about 30 differ; that fewer than 16 do happens once in 10^16 keys.
_FEWEST_DIFFERENT_BYTES = 16
# The widest network that may be somebody's own proxies: 10.0.0.0/8, fd00::/8.
_WIDEST_PREFIX = 8
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".test", ".example", ".invalid")
_NEW_SECRET = "make one with `openssl rand -hex 32` (see .env.example)"  # noqa: S105  # a sentence
_NEW_KEY = "make one as .env.example says"


def problems_of(settings: ServiceSettings) -> list[str]:
    """Every unsafe setting of this environment, each as a sentence that names it and says what to do."""
    found = [*_proxies(settings)]
    checks = _PRODUCTION if settings.environment == "production" else (_open_development,)
    for check in checks:
        found += check(settings)
    return found


def is_local(host: str) -> bool:
    """Whether only this machine, or a local network, can mean itself by this name or address."""
    address = parse_address(host.strip("[]"))
    if address is not None:
        return address.is_loopback or address.is_private or address.is_unspecified or address.is_link_local
    return host in ("", "localhost") or "." not in host or host.endswith(_LOCAL_NAMES)


def _open_development(settings: ServiceSettings) -> Iterator[str]:
    address = parse_address(settings.host)
    on_loopback = settings.host == "localhost" or (address is not None and address.is_loopback)
    if on_loopback:
        return
    if settings.demonstration is not False:
        yield (
            f"NEUVO_HOST={settings.host} lets others in, and in development there are people whose passwords everybody "
            "knows: set NEUVO_HOST=127.0.0.1 or NEUVO_DEMONSTRATION=false."
        )
    if settings.secret_key.get_secret_value().startswith(SAMPLE):
        yield (
            f"NEUVO_HOST={settings.host} lets others in, and NEUVO_SECRET_KEY is the sample, by which anybody signs: "
            f"set NEUVO_HOST=127.0.0.1 or {_NEW_SECRET}."
        )


def _proxies(settings: ServiceSettings) -> Iterator[str]:
    try:
        networks = read_networks(settings.trusted_proxies).networks
    except ValueError as error:
        yield f"NEUVO_TRUSTED_PROXIES wants addresses and networks (10.0.0.7, 172.20.0.0/16), with commas: {error}."
        return
    for each in networks:
        if each.prefixlen < _WIDEST_PREFIX:
            yield f"NEUVO_TRUSTED_PROXIES names {each}, in which strangers live: name the proxies alone."
    if settings.environment == "production" and not networks:
        yield (
            "NEUVO_TRUSTED_PROXIES is empty: a TLS proxy stands before this service, and without its address all "
            "citizens would share that one and its limits."
        )


def _switches(settings: ServiceSettings) -> Iterator[str]:
    if settings.simulator:
        yield "The simulator cannot be switched on in production; remove NEUVO_SIMULATOR."
    if settings.demonstration:
        yield "Production has no demonstration people; remove NEUVO_DEMONSTRATION."
    if "whatsapp_phone_number_id" not in settings.model_fields_set:
        yield "Production needs NEUVO_WHATSAPP_PHONE_NUMBER_ID: Meta's id of the force's number."


def _secrets(settings: ServiceSettings) -> Iterator[str]:
    secrets = {name: value.get_secret_value() for name, value in _secrets_of(settings).items()}
    for name, value in secrets.items():
        if not value or value.startswith(SAMPLE):
            yield f"{name} is missing or the sample, which everybody knows: {_NEW_SECRET}."
        elif len(value) < SHORTEST_SECRET or len(set(value)) < _FEWEST_DIFFERENT:
            yield f"{name} can be guessed: it has fewer than {SHORTEST_SECRET} characters, or few different ones."
    common = Counter(value for value in secrets.values() if value and not value.startswith(SAMPLE))
    for value, count in common.items():
        if count > 1:
            names = ", ".join(name for name, own in secrets.items() if own == value)
            yield f"{names} are the same secret: who learns one of them must not have the others."


def _secrets_of(settings: ServiceSettings) -> Mapping[str, SecretStr]:
    """The secrets that this installation uses, but the data key, by the name of their variable."""
    secrets = {
        "NEUVO_RASA_TOKEN": settings.rasa_token,
        "NEUVO_WHATSAPP_APP_SECRET": settings.whatsapp_app_secret,
        "NEUVO_WHATSAPP_VERIFY_TOKEN": settings.whatsapp_verify_token,
        "NEUVO_WHATSAPP_ACCESS_TOKEN": settings.whatsapp_access_token,
        "NEUVO_SECRET_KEY": settings.secret_key,
    }
    for platform, is_on in (("messenger", settings.messenger_page_id), ("instagram", settings.instagram_account_id)):
        for part in ("app_secret", "verify_token", "access_token") if is_on else ():
            secrets[f"NEUVO_{platform}_{part}".upper()] = getattr(settings, f"{platform}_{part}")
    return secrets


def _data_keys(settings: ServiceSettings) -> Iterator[str]:
    written = settings.data_key.get_secret_value()
    parts = [part.strip() for part in written.split(",") if part.strip()]
    if not parts:
        yield f"NEUVO_DATA_KEY is missing: {_NEW_KEY}."
    names = [part.partition(":")[0] for part in parts]
    if len(set(names)) < len(names):
        yield "NEUVO_DATA_KEY has two keys of one name: each needs a name of its own."
    known = base64.b64decode(SAMPLE_DATA_KEY.partition(":")[2])
    for name, encoded in (part.partition(":")[::2] for part in parts):
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            yield f"NEUVO_DATA_KEY {name!r} is not base64: {_NEW_KEY}."
            continue
        if len(key) != len(known):
            yield f"NEUVO_DATA_KEY {name!r} is not {len(known)} bytes long: {_NEW_KEY}."
        elif key == known:
            yield f"NEUVO_DATA_KEY {name!r} is the sample under another name, which everybody knows: {_NEW_KEY}."
        elif len(set(key)) < _FEWEST_DIFFERENT_BYTES or all(32 <= byte < 127 for byte in key):
            yield f"NEUVO_DATA_KEY {name!r} is not random (zeros, a pattern, or something typed): {_NEW_KEY}."


def _addresses(settings: ServiceSettings) -> Iterator[str]:
    public = urlsplit(settings.public_url)
    if public.scheme != "https":
        yield f"NEUVO_PUBLIC_URL={settings.public_url} is not https: citizens' words and the staff's cookies need TLS."
    if is_local(public.hostname or ""):
        yield f"NEUVO_PUBLIC_URL={settings.public_url} is no address that citizens can reach."
    for name, written in (
        ("NEUVO_CHAT_EXIT_URL", settings.chat_exit_url),
        *(("NEUVO_CHAT_EMBED_ORIGINS", origin) for origin in settings.chat_embedders),
    ):
        if urlsplit(written).scheme != "https":
            yield f"{name}: {written} is not https."
    for name in ("graph_base_url", "messenger_graph_base_url", "instagram_graph_base_url"):
        if (written := getattr(settings, name)) and _is_plain_and_far(urlsplit(written)):
            yield f"NEUVO_{name.upper()}: {written} would carry our tokens over the net in clear; use https."
    if settings.translator_url and _is_plain_and_far(urlsplit(settings.translator_url)):
        yield f"NEUVO_TRANSLATOR_URL: {settings.translator_url} would carry citizens' words in clear; use https."
    remote = urlsplit(settings.content_remote)
    if remote.scheme == "http" and _is_plain_and_far(remote):
        yield "NEUVO_CONTENT_REMOTE is not https: what is pulled from there becomes what citizens are told."


def _is_plain_and_far(address: SplitResult) -> bool:
    return address.scheme != "https" and not is_local(address.hostname or "")


def _identity_provider(settings: ServiceSettings) -> Iterator[str]:
    secret = settings.oidc_client_secret.get_secret_value()
    given = {
        "NEUVO_OIDC_ISSUER": settings.oidc_issuer,
        "NEUVO_OIDC_CLIENT_ID": settings.oidc_client_id,
        "NEUVO_OIDC_CLIENT_SECRET": secret,
        "NEUVO_OIDC_ROLE_MAPPING": settings.oidc_role_mapping,
    }
    missing = [name for name, value in given.items() if not value]
    if missing and len(missing) < len(given):
        there = ", ".join(name for name in given if name not in missing)
        yield f"{there} without {', '.join(missing)}: the identity provider needs all of them, or none."
    if settings.oidc_issuer and urlsplit(settings.oidc_issuer).scheme != "https":
        yield f"NEUVO_OIDC_ISSUER={settings.oidc_issuer} is not https: anybody on the way could sign in as anybody."
    if secret and (len(secret) < SHORTEST_SECRET or len(set(secret)) < _FEWEST_DIFFERENT):
        yield f"NEUVO_OIDC_CLIENT_SECRET can be guessed: it has fewer than {SHORTEST_SECRET} characters, or few kinds."


def _stores(settings: ServiceSettings) -> Iterator[str]:
    if settings.redis_url is not None and not urlsplit(settings.redis_url.get_secret_value()).password:
        yield "NEUVO_REDIS_URL has no password: whoever reaches Redis would read talks. Use redis://:PASSWORD@host:6379/0."
    if settings.erased_list_days < settings.text_retention_days:
        yield (
            f"NEUVO_ERASED_LIST_DAYS={settings.erased_list_days} is shorter than NEUVO_TEXT_RETENTION_DAYS: a restored "
            "backup would bring back who asked to be erased."
        )


_PRODUCTION = (_switches, _secrets, _data_keys, _addresses, _identity_provider, _stores)
