"""Whether stored answers would have been right: a row a label."""

from __future__ import annotations

from retold.domain.cache.meaning import CacheLabelled, risk_category
from retold.domain.event import RecordedEvent
from retold.projections.event_facts import metadata_text
from retold.projections.models.cache_lookups import number, text_in, unnamed
from retold.projections.models.cache_table import CacheLabel, cache_label_rows
from retold.projections.payload import printable
from retold.projections.projection import Projection
from retold.projections.rows import Rows


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    equal, guards = data.get("equal"), data.get("guards")
    named = guards if isinstance(guards, list | tuple) else ()
    rows.put(
        cache_label_rows,
        CacheLabel(
            scope=event.stream.partition("-")[2],
            version=event.version,
            event_id=str(event.event_id),
            cache=text_in(data, "cache") or unnamed,
            entry=text_in(data, "entry"),
            key=text_in(data, "key"),
            similarity=number(data.get("similarity")),
            score=number(data.get("score", data.get("similarity"))),
            equal=equal if isinstance(equal, bool) else None,
            probability=number(data.get("probability")),
            source=text_in(data, "source"),
            judge=text_in(data, "judge"),
            guards=tuple(text for name in named if (text := printable(name)) is not None),
            barred=text_in(data, "barred"),
            lookup=text_in(data, "lookup"),
            session=metadata_text(event, "session"),
            recorded_at=event.recorded_at,
        ),
    )


cache_labels = Projection(
    name="cache_labels",
    version=1,
    fold=_fold,
    tables=(cache_label_rows,),
    types=frozenset({CacheLabelled.type}),
    category=risk_category,
    per_stream=True,
    code=(text_in, number),
    description="a row a label: whether a stored answer would have been right for a request",
)
