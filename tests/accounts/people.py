"""People with a password, and a try at signing in."""

from flask.testing import FlaskClient

from app.accounts import passwords
from app.accounts.models import Role, User
from tests import factories

PASSWORD = "tall grey boats sing"
OTHER = "violet harbour ledger"
KEPT = passwords.hashed(PASSWORD)


def somebody(*roles: Role, **overrides: object) -> User:
    return factories.make_user(*roles, password_hash=KEPT, **overrides)


def try_to_sign_in(client: FlaskClient, who: str, password: str = PASSWORD, **query: str) -> tuple[int, str]:
    answer = client.post("/sign-in", query_string=query, data={"who": who, "password": password})
    return answer.status_code, answer.headers.get("Location", "")
