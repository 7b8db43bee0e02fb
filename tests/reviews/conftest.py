import pytest


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> None:
    """Room tests run on the shared database; races bring one of their own."""
    if "own_database_url" not in request.fixturenames:
        request.getfixturevalue("db_session")
