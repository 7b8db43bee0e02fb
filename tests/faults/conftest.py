from tests.worker.test_main import start as start
from tests.worker.test_publishing import network as network
