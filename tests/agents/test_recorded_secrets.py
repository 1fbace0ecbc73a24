"""No secret of a model or tool configuration is recorded, and nothing else is taken for one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest
from ag2 import Agent, ToolResult
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.events import ModelResponse
from ag2.tools import MCPServerTool
from pydantic import SecretStr

import retold
from retold.store.content import read_content
from tests.agents.recorded import events_of
from tests.agents.scripted import Script

secret = "sk-never-to-be-recorded"


@dataclasses.dataclass
class Leaky(ModelConfig):
    """A configuration full of secrets, whose client tells them all when it fails."""

    api_key: str = secret
    apiKey: str = secret  # noqa: N815 - as some write it
    access_token: SecretStr = dataclasses.field(default_factory=lambda: SecretStr(secret))
    default_headers: dict[str, str] = dataclasses.field(
        default_factory=lambda: {"X-Anything": secret}
    )
    base_url: str = f"https://user:{secret}@models.example/v1?api-key={secret}&version=2"
    extra: dict[str, Any] = dataclasses.field(
        default_factory=lambda: {"client_secret": secret, "region": "eu", "list": [1, None]}
    )
    http_client: object = dataclasses.field(default_factory=object)
    temperature: float = 0.5
    max_tokens: int = 100
    unset: str | None = None

    @property
    def model(self) -> str:
        return "leaky"

    @property
    def provider(self) -> ModelProvider:
        raise NotImplementedError

    def copy(self) -> Self:
        return self

    def create(self) -> LLMClient:
        return _LeakyClient()

    def create_files_client(self) -> NoReturn:
        raise NotImplementedError


class _LeakyClient(LLMClient):
    async def __call__(self, *_: Any, **__: Any) -> ModelResponse:
        raise ConnectionError(f"invalid key {secret} for https://user:{secret}@models.example")


async def test_no_secret_of_a_configuration_is_recorded(tmp_path: Path) -> None:
    async with retold.open(f"sqlite:///{tmp_path / 'log.db'}") as log:
        session = await log.session("s")
        remote = MCPServerTool(
            server_url=f"https://{secret}@tools.example",
            server_label="tools",
            authorization_token=secret,
            headers={"X-Key": secret},
        )
        agent = Agent("a", config=log.model(Leaky()), tools=[remote])
        with pytest.raises(ConnectionError):
            await session.ask(agent, "hi")
        (started,) = await events_of(session, "model.call_started")
        parameters = await read_content(log.store, started.data["parameters_hash"])
        (tool,) = await read_content(log.store, started.data["tools_hash"])
        (failed,) = await events_of(session, "model.call_failed")
        (turn,) = await events_of(session, "turn.failed")

    assert parameters == {
        "base_url": "https://models.example/v1?api-key=***&version=2",
        "extra": {"region": "eu", "list": [1, None]},
        "temperature": 0.5,
        "max_tokens": 100,
    }
    assert tool["server_url"] == "https://tools.example"
    assert tool["server_label"] == "tools"
    for event in (failed, turn):
        assert event.data["error"]["message"] == "invalid key *** for https://models.example"
    for file in tmp_path.glob("log.db*"):
        assert secret.encode() not in file.read_bytes()


async def test_a_tool_may_have_a_parameter_called_password(sqlite_url: str) -> None:
    def unlock(password: str) -> ToolResult:
        """Unlock the door.

        Args:
            password: of the day.
        """
        return ToolResult(password)

    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        await session.ask(Agent("a", config=log.model(Script("x")), tools=[unlock]), "hi")
        (started,) = await events_of(session, "model.call_started")
        (tool,) = await read_content(log.store, started.data["tools_hash"])
    assert tool["function"]["parameters"]["properties"]["password"]["type"] == "string"
