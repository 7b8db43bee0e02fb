from tests.channels.conftest import brand as brand
from tests.channels.conftest import network as network
