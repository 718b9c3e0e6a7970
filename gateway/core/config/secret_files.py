"""Settings: secrets from files, as container managers provide them: `NEUVO_<NAME>_FILE`."""

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

# Not a `SecretStr`, but a URL with a password in it.
_ALSO_SECRET = frozenset({"database_url"})
LONGEST = 64 * 1024


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the file that `NEUVO_DATA_KEY_FILE`, say, names, stripped; the variable itself takes precedence.

    Raises `ValueError` with the variable's name, never with the content, when the file cannot be read or is empty.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one setting; None where it is no secret or no file is named."""
        variable = f"{self.config.get('env_prefix', '')}{field_name.upper()}_FILE"
        named = os.environ.get(variable, "")
        if not named or not is_secret(field, field_name):
            return None, field_name, False
        return _read(variable, Path(named)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every secret that a file holds."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class SettingsWithSecretFiles(BaseSettings):
    """Settings whose secrets may stand in files."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """In order of precedence: arguments, environment, named file, `.env`, folder of secrets."""
        return (init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings, file_secret_settings)


def is_secret(field: FieldInfo, name: str) -> bool:
    """Whether a setting is a secret, which may be in a file and is never printed."""
    return name in _ALSO_SECRET or field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def _read(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{variable} names a file that cannot be read: {type(error).__name__}.") from error
    if not text:
        raise ValueError(f"{variable} names an empty file.")
    return text
