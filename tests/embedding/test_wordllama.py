"""The default embedder gives what wordllama gives, without a network and without its import."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from retold.embedding import Embedder, WordLlamaEmbedder, default_embedder
from retold.embedding.wordllama import most_characters_inline
from retold.errors import EmbedderNotFound, EmptyText, UselessVector
from tests.forking import repository

texts = [
    "How do I reset my password?",
    "I forgot my password, what now?",
    "Where is my parcel?",
    "¿Dónde está mi paquete? 包裹在哪里 🙂",
    "x",
    "word " * 900,
]


@pytest.fixture(scope="module")
def embedder() -> WordLlamaEmbedder:
    return default_embedder()


# Its import sets up logging for the whole process, so it has one of its own.
reference_program = """
import json, sys
from pathlib import Path
import numpy as np, wordllama
folder = Path(wordllama.__file__).parent
model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
np.save(sys.argv[1], model.embed(json.loads(sys.stdin.read()), norm=True))
"""


def test_vectors_are_those_of_wordllama_itself(embedder: WordLlamaEmbedder, tmp_path: Path) -> None:
    command = [sys.executable, "-c", reference_program, str(tmp_path / "vectors.npy")]
    subprocess.run(command, input=json.dumps(texts), text=True, check=True, capture_output=True)
    expected = np.load(tmp_path / "vectors.npy", allow_pickle=False)
    assert np.abs(asyncio.run(embedder.embed(texts)) - expected).max() < 1e-6
    one_by_one = [asyncio.run(embedder.embed([text]))[0] for text in texts]
    assert np.abs(np.stack(one_by_one) - expected).max() < 1e-6


async def test_vectors_are_of_length_one_and_meaning_is_near(embedder: WordLlamaEmbedder) -> None:
    vectors = await embedder.embed(texts[:3])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > 0.6
    assert vectors[0] @ vectors[2] < 0.3


async def test_it_is_an_embedder_whose_name_tells_its_model(embedder: WordLlamaEmbedder) -> None:
    assert isinstance(embedder, Embedder)
    assert embedder.name.startswith("wordllama/l2_supercat-256@")
    assert WordLlamaEmbedder().name == embedder.name
    assert (await embedder.embed([])).shape == (0, 256)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
async def test_a_text_that_says_nothing_is_refused(embedder: WordLlamaEmbedder, text: str) -> None:
    with pytest.raises(EmptyText, match="Text 1") as refused:
        await embedder.embed(["something", text])
    assert refused.value.place == 1


async def test_one_text_instead_of_a_list_is_refused(embedder: WordLlamaEmbedder) -> None:
    with pytest.raises(TypeError, match="list of texts"):
        await embedder.embed("text")


async def test_a_text_without_tokens_is_refused(
    embedder: WordLlamaEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await embedder.embed(["load"])
    assert embedder._model is not None
    silent = type("Silent", (), {"encode": lambda *_, **__: type("Encoding", (), {"ids": []})})()
    monkeypatch.setattr(embedder, "_model", embedder._model._replace(tokenizer=silent))
    with pytest.raises(UselessVector, match="is zero"):
        await embedder.embed(["text"])


async def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("it asked for a network")

    fresh = WordLlamaEmbedder()
    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        vectors = await fresh.embed(["no network"])
    assert vectors.shape == (1, 256)


def test_the_package_wordllama_is_not_imported() -> None:
    program = """
import asyncio, sys
from retold.embedding import default_embedder
assert "tokenizers" not in sys.modules
asyncio.run(default_embedder().embed(["text"]))
assert "tokenizers" in sys.modules
assert "wordllama" not in sys.modules
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, text=True, check=False, capture_output=True, cwd=repository)
    assert done.returncode == 0, done.stderr


async def test_long_work_leaves_the_event_loop_free(
    embedder: WordLlamaEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await embedder.embed(["load"])
    in_thread: list[int] = []

    async def to_thread(function: object, texts: list[str]) -> object:
        in_thread.append(sum(map(len, texts)))
        return embedder._embed(texts)

    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    await embedder.embed(["x" * most_characters_inline])
    assert in_thread == []
    await embedder.embed(["x" * most_characters_inline, "y"])
    assert in_thread == [most_characters_inline + 1]


def test_a_package_without_its_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["retold.embedding.wordllama"]
    monkeypatch.setattr(module, "_package", "no-such-package-of-retold")
    with pytest.raises(EmbedderNotFound, match="no-such-package-of-retold"):
        WordLlamaEmbedder()
