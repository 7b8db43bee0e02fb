from tests.channels.conftest import brand as brand
from tests.channels.conftest import brand_on_x as brand_on_x
from tests.channels.conftest import network as network
