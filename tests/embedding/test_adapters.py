"""Other embedders: what they ask their libraries for, and what they refuse.

The client of OpenAI is the real one, before a server on loopback. sentence-transformers and
fastembed are not among the packages these tests are run with: objects that are called the same way
stand in for their models, so what is tested is the adapter and not the library.
"""

from __future__ import annotations

import builtins
import importlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import numpy as np
import openai
import pytest
from numpy.typing import ArrayLike

from retold.embedding import (
    CallableEmbedder,
    Embedder,
    FastEmbedEmbedder,
    OpenAIEmbedder,
    SentenceTransformerEmbedder,
    Vectors,
)
from retold.errors import (
    EmbedderFailed,
    EmptyText,
    MissingExtra,
    UselessVector,
    WrongDimension,
)
from tests.embedding.openai_embeddings_server import EmbeddingsServer, running, vector_of

three = np.array([[3.0, 0.0, 4.0], [0.0, 2.0, 0.0]])
unit = np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]], dtype=np.float32)


def on_thread(seen: list[str], vectors: ArrayLike) -> Callable[[list[str]], ArrayLike]:
    def embed(texts: list[str]) -> ArrayLike:
        seen.append(threading.current_thread().name)
        assert texts == ["a", "b"]
        return vectors

    return embed


# Any function ----------------------------------------------------------------------------------


async def test_a_function_is_called_in_a_thread_unless_it_is_said_to_be_quick() -> None:
    seen: list[str] = []
    function = on_thread(seen, three)
    slow = CallableEmbedder(function, name="f@1", dimension=3)
    quick = CallableEmbedder(function, name="f@1", dimension=3, in_thread=False)
    assert isinstance(slow, Embedder)
    for embedder in (slow, quick):
        found = await embedder.embed(["a", "b"])
        assert found.dtype == np.float32
        assert np.allclose(found, unit)
    assert seen[0] != threading.current_thread().name
    assert seen[1] == threading.current_thread().name


async def test_an_async_function_is_awaited() -> None:
    async def function(texts: list[str]) -> list[list[float]]:
        return [[float(len(text)), 0.0] for text in texts]

    embedder = CallableEmbedder(function, name="f@1", dimension=2)
    assert (await embedder.embed(["abc"])).tolist() == [[1.0, 0.0]]
    assert (await embedder.embed([])).shape == (0, 2)


@pytest.mark.parametrize(
    ("vectors", "error"),
    [
        ([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], UselessVector),
        ([[1.0, 0.0, 0.0], [np.nan, 0.0, 0.0]], UselessVector),
        ([[1.0, 0.0, 0.0], [np.inf, 0.0, 0.0]], UselessVector),
        ([[1.0, 0.0], [1.0, 0.0]], WrongDimension),
        ([[1.0, 0.0, 0.0]], WrongDimension),
        ([[1.0, 0.0, 0.0], [1.0]], WrongDimension),
        ([["a", "b", "c"], ["d", "e", "f"]], WrongDimension),
        ([], WrongDimension),
    ],
)
async def test_vectors_that_cannot_be_compared_are_refused(
    vectors: ArrayLike, error: type[Exception]
) -> None:
    embedder = CallableEmbedder(lambda _: vectors, name="bad@1", dimension=3)
    with pytest.raises(error, match="bad@1"):
        await embedder.embed(["a", "b"])


async def test_very_long_and_very_short_vectors_keep_their_direction() -> None:
    embedder = CallableEmbedder(lambda _: [[3e200, 4e200], [3e-200, 4e-200]], name="f", dimension=2)
    found = await embedder.embed(["a", "b"])
    assert np.allclose(found, [[0.6, 0.8], [0.6, 0.8]])


async def test_a_function_that_raises_is_named() -> None:
    def fail(texts: list[str]) -> ArrayLike:
        raise KeyError("secret in the text")

    embedder = CallableEmbedder(fail, name="f@1", dimension=2)
    with pytest.raises(EmbedderFailed, match=r"f@1.*KeyError") as failed:
        await embedder.embed(["a"])
    assert isinstance(failed.value.__cause__, KeyError)
    assert "secret" not in str(failed.value)
    with pytest.raises(EmptyText):
        await embedder.embed(["a", ""])
    with pytest.raises(ValueError, match="dimension"):
        CallableEmbedder(fail, name="f", dimension=0)


# OpenAI ----------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with running() as state:
        yield state


@pytest.fixture
async def client(server: EmbeddingsServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=server.url, api_key="k", max_retries=0) as made:
        yield made


async def test_openai_vectors_come_in_the_order_of_the_texts(
    server: EmbeddingsServer, client: openai.AsyncOpenAI
) -> None:
    server.shuffled = True
    embedder = OpenAIEmbedder("small", dimension=4, client=client)
    assert embedder.name == "openai/small-4"
    texts = ["x" * length for length in range(1, 301)]
    found = await embedder.embed(texts)
    expected = np.array([vector_of(text, 4) for text in texts])
    assert np.allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True))
    assert [len(request["input"]) for request in server.requests] == [256, 44]
    assert server.requests[0]["model"] == "small"
    assert "dimensions" not in server.requests[0]
    assert (await embedder.embed([])).shape == (0, 4)


async def test_openai_is_asked_for_shorter_vectors(
    server: EmbeddingsServer, client: openai.AsyncOpenAI
) -> None:
    embedder = OpenAIEmbedder("large", dimension=3, shorten=True, client=client, provider="azure")
    assert embedder.name == "azure/large-3"
    assert (await embedder.embed(["a"])).shape == (1, 3)
    assert server.requests[0]["dimensions"] == 3


async def test_openai_that_refuses_or_leaves_out_is_an_error(
    server: EmbeddingsServer, client: openai.AsyncOpenAI
) -> None:
    embedder = OpenAIEmbedder("small", dimension=4, client=client)
    server.drop = 1
    with pytest.raises(WrongDimension):
        await embedder.embed(["a", "b"])
    server.status = 500
    with pytest.raises(EmbedderFailed, match="InternalServerError"):
        await embedder.embed(["a"])
    server.status, server.drop = 200, 0
    with pytest.raises(WrongDimension, match="another name"):
        await OpenAIEmbedder("small", dimension=5, client=client).embed(["a"])


async def test_openai_makes_a_client_from_the_environment(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    embedder = OpenAIEmbedder("small", dimension=4)
    assert (await embedder.embed(["a"])).shape == (1, 4)
    made = embedder._client
    assert isinstance(made, openai.AsyncOpenAI)
    await made.close()


# Models in this process ------------------------------------------------------------------------


class SentenceTransformer:
    """Called as ``sentence_transformers.SentenceTransformer`` is."""

    def __init__(self, model: str = "m", revision: str | None = None) -> None:
        if model == "missing":
            raise OSError("no such model")
        self.calls: list[dict[str, Any]] = []
        self.threads: list[str] = []

    def encode(self, sentences: list[str], **options: Any) -> Vectors:
        self.calls.append(options)
        self.threads.append(threading.current_thread().name)
        return np.array([[len(text), 1.0, 0.0] for text in sentences], dtype=np.float32)


class TextEmbedding:
    """Called as ``fastembed.TextEmbedding`` is."""

    def __init__(self, model_name: str = "m") -> None:
        self.batch_sizes: list[int] = []

    def embed(self, documents: list[str], batch_size: int = 256) -> Iterable[ArrayLike]:
        self.batch_sizes.append(batch_size)
        for text in documents:
            yield np.array([len(text), 1.0], dtype=np.float32)


async def test_sentence_transformers_run_in_a_thread() -> None:
    model = SentenceTransformer()
    embedder = SentenceTransformerEmbedder(model, name="st/m@1", dimension=3, batch_size=7)
    assert isinstance(embedder, Embedder)
    found = await embedder.embed(["a", "bbbb"])
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0)
    assert model.calls[0]["batch_size"] == 7
    assert model.threads != [threading.current_thread().name]
    assert (await embedder.embed([])).shape == (0, 3)


async def test_fastembed_runs_in_a_thread() -> None:
    model = TextEmbedding()
    embedder = FastEmbedEmbedder(model, name="fe/m@1", dimension=2, batch_size=5)
    assert np.allclose(await embedder.embed(["a"]), [[0.5**0.5, 0.5**0.5]])
    assert model.batch_sizes == [5]
    with pytest.raises(WrongDimension):
        await FastEmbedEmbedder(model, name="fe/m@1", dimension=3).embed(["a"])


async def test_models_are_loaded_by_name_with_their_dimension(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = {
        "sentence_transformers": type("Library", (), {"SentenceTransformer": SentenceTransformer}),
        "fastembed": type("Library", (), {"TextEmbedding": TextEmbedding}),
    }
    monkeypatch.setattr(importlib, "import_module", libraries.__getitem__)
    one = await SentenceTransformerEmbedder.load("mini", revision="abc")
    assert (one.name, one.dimension) == ("sentence-transformers/mini@abc", 3)
    two = await FastEmbedEmbedder.load("mini")
    assert (two.name, two.dimension) == ("fastembed/mini", 2)
    with pytest.raises(EmbedderFailed, match="OSError"):
        await SentenceTransformerEmbedder.load("missing")


async def test_a_library_that_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def missing(name: str, package: str | None = None) -> Any:
        if name in {"openai", "sentence_transformers", "fastembed"}:
            raise ModuleNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match=r"retold\[openai\]"):
        OpenAIEmbedder()
    with pytest.raises(MissingExtra, match=r"retold\[sentence-transformers\]"):
        await SentenceTransformerEmbedder.load("m")
    with pytest.raises(MissingExtra, match=r"retold\[fastembed\]"):
        await FastEmbedEmbedder.load("m")
