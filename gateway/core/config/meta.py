"""Settings: our accounts on Messenger and Instagram, and how links name them."""

from pydantic import Field, SecretStr

from gateway.core.config.data import DataSettings
from gateway.core.config.samples import SAMPLE

# The Page and the account that the simulator plays when no other is set.
SIMULATED_PAGE = "103000000000001"
SIMULATED_ACCOUNT = "17840000000000001"


class MetaSettings(DataSettings):
    """Settings of Messenger and Instagram; a platform is off while it has no id."""

    # A Facebook Page on Messenger; off while there is no id.
    messenger_page_id: str = ""
    messenger_app_id: str = ""
    messenger_app_secret: SecretStr = SecretStr(SAMPLE + "messenger-app-secret")
    messenger_verify_token: SecretStr = SecretStr(SAMPLE + "messenger-verify-token")
    messenger_access_token: SecretStr = SecretStr(SAMPLE + "messenger-access-token")
    messenger_graph_base_url: str = ""
    messenger_human_agent: bool = False
    messenger_persona_bot: str = ""
    messenger_persona_officer: str = ""
    # An Instagram account; with a Page id through the Page's API, without one through Instagram Login.
    instagram_account_id: str = ""
    instagram_page_id: str = ""
    instagram_app_id: str = ""
    instagram_app_secret: SecretStr = SecretStr(SAMPLE + "instagram-app-secret")
    instagram_verify_token: SecretStr = SecretStr(SAMPLE + "instagram-verify-token")
    instagram_access_token: SecretStr = SecretStr(SAMPLE + "instagram-access-token")
    instagram_graph_base_url: str = ""
    instagram_human_agent: bool = False
    # How referral links name our accounts. Without one, that platform is not offered.
    whatsapp_number: str = Field(default="", pattern=r"^(\+?[0-9]{6,15})?$")
    messenger_page_name: str = Field(default="", pattern=r"^[A-Za-z0-9.-]{0,64}$")
    instagram_username: str = Field(default="", pattern=r"^[A-Za-z0-9._]{0,30}$")
