"""The pages of sign-in, set-up, account and team."""

from intake.accounts.views import account, set_up, sign_in, team
from intake.accounts.views.pages import blueprint

__all__ = ["account", "blueprint", "set_up", "sign_in", "team"]
