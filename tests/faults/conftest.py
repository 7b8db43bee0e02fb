from tests.worker.test_publishing import network as network
