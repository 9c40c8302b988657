"""The pages of sign-in, set-up, account and team."""

from intake.accounts.views import account, emergency, passkeys, set_up, sign_in, stay, team
from intake.accounts.views.pages import blueprint

__all__ = ["account", "blueprint", "emergency", "passkeys", "set_up", "sign_in", "stay", "team"]
