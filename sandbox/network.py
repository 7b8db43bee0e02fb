"""One running network: its store, its switches, and the account everybody talks to."""

from dataclasses import dataclass, field
from pathlib import Path

from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.store import Store
from sandbox.tokens import add_token
from sandbox.users import User, add_user

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - public: it opens an invented network on this machine
APP_TOKEN = "sandbox-app-token"  # noqa: S105
STARTER_TOKEN = "sandbox-brand-token"  # noqa: S105
STARTER_REFRESH_TOKEN = "sandbox-brand-refresh-token"  # noqa: S105
DEFAULT_BRAND = "NorthwindKettle"
DEFAULT_BRAND_NAME = "Northwind Kettles"


@dataclass
class Switches:
    """What can be changed while it runs."""

    summoned_only: bool = True
    refuse_duplicates: bool = True


@dataclass
class Network:
    """Everything a request needs."""

    store: Store
    brand_handle: str
    limits: Limits
    faults: Faults = field(default_factory=Faults)
    switches: Switches = field(default_factory=Switches)
    requests: list[dict[str, object]] = field(default_factory=list)


def open_network(database: Path, *, brand: str, brand_name: str, token: str, limits: str) -> Network:
    """Open the store and see to it that the brand's account and its tokens are there."""
    store = Store(database)
    with store.write() as db:
        account = add_user(db, brand, name=brand_name, bio="The brand's own account.")
        add_token(db, account.id, access=token, refresh=STARTER_REFRESH_TOKEN, lasts_seconds=None)
        add_token(db, None, access=APP_TOKEN, refresh=None, lasts_seconds=None)
    return Network(store=store, brand_handle=account.handle, limits=Limits(limits))


def is_brand(network: Network, user: User) -> bool:
    """Say whether this is the account that everybody talks to."""
    return user.handle.lower() == network.brand_handle.lower()
