"""Settings: sessions of the staff, the identity provider, and the timers of handover."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class StaffSettings(BaseSettings):
    """Settings of staff accounts, and how long citizens wait for officers."""

    # How long the staff's sessions live (hours), rest before they end (hours) and lock (seconds), and count as fresh.
    staff_session_hours: float = Field(default=12.0, gt=0, le=24)
    staff_idle_hours: float = Field(default=2.0, gt=0)
    staff_lock_seconds: int = Field(default=900, ge=60)
    staff_fresh_seconds: int = Field(default=300, ge=10)
    console_stream_seconds: float = Field(default=600.0, gt=0)
    # The force's own identity provider; without an issuer people sign in with a password and a second factor.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scope: str = "openid profile email"
    oidc_role_claim: str = "groups"
    oidc_role_mapping: str = ""

    # So that 112 arrives within 30 s of a message with danger that no officer has answered.
    danger_answer_seconds: float = Field(default=27.0, gt=0)
    # So long may whoever was asked whether there is danger take to answer; then officers look.
    danger_question_minutes: float = Field(default=5.0, gt=0)
    waiting_line_minutes: float = Field(default=5.0, gt=0)
    waiting_ends_hours: float = Field(default=12.0, gt=0)
    officer_silent_minutes: float = Field(default=10.0, gt=0)
    officer_lost_seconds: float = Field(default=120.0, gt=0)
    # The push services of the browsers that may be set up: Chrome and Edge, Firefox, Windows, Safari. Empty: no push.
    push_hosts: str = "fcm.googleapis.com,.push.services.mozilla.com,.notify.windows.com,.push.apple.com"
    # So long has an officer who is asked to take a conversation; then the next is asked.
    assignment_minutes: float = Field(default=3.0, gt=0)
    # A machine translator that speaks LibreTranslate's API, on a machine of the force. Empty: none.
    translator_url: str = ""
    translator_key: SecretStr = SecretStr("")
    # Whether a citizen is asked, once and with buttons, if the talk with an officer helped.
    officer_feedback: bool = True
    # An officer who does nothing for so long after an alarm is not there: their shift ends.
    alarm_answer_minutes: float = Field(default=5.0, gt=0)
    # After so long without an officer danger goes to the supervisors too; others, within the hours, after the second.
    alarm_escalates_seconds: float = Field(default=120.0, gt=0)
    waiting_escalates_minutes: float = Field(default=30.0, gt=0)
