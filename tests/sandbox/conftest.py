"""A running network, and a tweepy client whose every exchange is held to X's OpenAPI."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from requests.adapters import HTTPAdapter

from tests.sandbox_server import Sandbox, run_sandbox

CONTRACT = Path(__file__).parent.parent / "contracts" / "x-api-2.159.json"
X = "https://api.x.com"


class HeldToContract(HTTPAdapter):
    """Carry requests for X to the sandbox, and hold what comes back to X's contract."""

    def __init__(self, base_url: str, contract: OpenAPI) -> None:
        super().__init__()
        self.base_url = base_url
        self.contract = contract
        self.checked = 0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        path = str(request.url).split("://", 1)[1].split("/", 1)[1]
        asked = request.copy()
        asked.url = f"{X}/{path}"
        request.url = f"{self.base_url}/{path}"
        options["timeout"] = options.get("timeout") or (5, 20)
        response = super().send(request, **options)
        self.contract.validate_response(RequestsOpenAPIRequest(asked), RequestsOpenAPIResponse(response))
        self.checked += 1
        return response


@pytest.fixture(scope="session")
def contract() -> OpenAPI:
    reading_problems = Config(extra_media_type_deserializers={"application/problem+json": json.loads})
    return OpenAPI.from_dict(json.loads(CONTRACT.read_text()), config=reading_problems)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A network that the tests of one module share."""
    with run_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A network of one test's own, for tests that turn its switches."""
    with run_sandbox(tmp_path) as running:
        yield running


def client_of(sandbox: Sandbox, contract: OpenAPI, token: str | None = None) -> tweepy.Client:
    """Return a tweepy client of the brand, or of another token, pointed at the sandbox."""
    client = tweepy.Client(token or sandbox.token, return_type=dict)
    adapter = HeldToContract(sandbox.base_url, contract)
    client.session.mount("https://api.twitter.com", adapter)
    client.adapter = adapter
    return client


@pytest.fixture
def brand(sandbox: Sandbox, contract: OpenAPI) -> Iterator[tweepy.Client]:
    client = client_of(sandbox, contract)
    yield client
    client.session.close()


@pytest.fixture
def own_brand(own_sandbox: Sandbox, contract: OpenAPI) -> Iterator[tweepy.Client]:
    client = client_of(own_sandbox, contract)
    yield client
    client.session.close()
