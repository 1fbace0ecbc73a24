"""The index of cached questions by meaning: which stored entry is nearest to a vector."""

from __future__ import annotations

from retold.projections.semantic_index.follower import CacheFollower as CacheFollower
from retold.projections.semantic_index.index import SemanticIndex as SemanticIndex
from retold.projections.semantic_index.keeping import (
    IndexSnapshots as IndexSnapshots,
    log_name as log_name,
    semantic_index_in as semantic_index_in,
)
from retold.projections.semantic_index.neighbour import Neighbour as Neighbour
from retold.projections.semantic_index.settings import IndexSettings as IndexSettings
