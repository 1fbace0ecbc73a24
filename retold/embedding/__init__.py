"""Texts as vectors of their meaning."""

from __future__ import annotations

from retold.embedding.batched import BatchedEmbedder as BatchedEmbedder, batched as batched
from retold.embedding.cached import CachedEmbedder as CachedEmbedder, cached as cached
from retold.embedding.calling import CallableEmbedder as CallableEmbedder
from retold.embedding.embedder import Embedder as Embedder, Vectors as Vectors
from retold.embedding.local_models import (
    FastEmbedEmbedder as FastEmbedEmbedder,
    SentenceTransformerEmbedder as SentenceTransformerEmbedder,
)
from retold.embedding.openai import OpenAIEmbedder as OpenAIEmbedder
from retold.embedding.vector_text import (
    vector_from_text as vector_from_text,
    vector_to_text as vector_to_text,
)
from retold.embedding.wordllama import (
    WordLlamaEmbedder as WordLlamaEmbedder,
    default_embedder as default_embedder,
)
