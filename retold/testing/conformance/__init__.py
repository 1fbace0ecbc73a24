"""What every store must do, as tests to run on one: subclass :class:`StoreConformance`.

```python
class TestMyStore(StoreConformance):
    @pytest.fixture
    def database(self) -> LogDatabase:
        return MyDatabase()
```

It needs ``pytest`` and ``pytest-asyncio``: ``pip install "retold[testing]"``. Each group of tests
is a class of its own, for a store that is being built. See docs/testing.md.
"""

from __future__ import annotations

import pytest

_groups = (
    "appending",
    "closing",
    "expected_versions",
    "forks",
    "global_order",
    "groups",
    "idempotency",
    "integrity",
    "limits",
    "reading",
    "several_logs",
    "stream_metadata",
    "streams",
    "subscriptions",
    "tenants",
    "times",
    "tombstones",
)
# So that a failing assertion shows its values, as in a test of one's own.
pytest.register_assert_rewrite(*(f"{__name__}.{group}" for group in _groups))

# Not before the line above, or their assertions stay bare.
from retold.testing.conformance.appending import AppendingTests  # noqa: E402
from retold.testing.conformance.closing import ClosingTests  # noqa: E402
from retold.testing.conformance.database import LogDatabase  # noqa: E402
from retold.testing.conformance.expected_versions import ExpectedVersionTests  # noqa: E402
from retold.testing.conformance.forks import ForkTests  # noqa: E402
from retold.testing.conformance.global_order import GlobalOrderTests  # noqa: E402
from retold.testing.conformance.groups import GroupTests  # noqa: E402
from retold.testing.conformance.idempotency import IdempotencyTests  # noqa: E402
from retold.testing.conformance.integrity import IntegrityTests  # noqa: E402
from retold.testing.conformance.limits import LimitTests  # noqa: E402
from retold.testing.conformance.reading import ReadingTests  # noqa: E402
from retold.testing.conformance.several_logs import SeveralLogsTests  # noqa: E402
from retold.testing.conformance.stream_metadata import StreamMetadataTests  # noqa: E402
from retold.testing.conformance.streams import StreamTests  # noqa: E402
from retold.testing.conformance.subscriptions import SubscriptionTests  # noqa: E402
from retold.testing.conformance.tenants import TenantTests  # noqa: E402
from retold.testing.conformance.times import TimeTests  # noqa: E402
from retold.testing.conformance.tombstones import TombstoneTests  # noqa: E402


class StoreConformance(
    AppendingTests,
    ExpectedVersionTests,
    IdempotencyTests,
    GroupTests,
    ReadingTests,
    GlobalOrderTests,
    StreamTests,
    ForkTests,
    TombstoneTests,
    StreamMetadataTests,
    TenantTests,
    SeveralLogsTests,
    SubscriptionTests,
    IntegrityTests,
    TimeTests,
    LimitTests,
    ClosingTests,
):
    """All that a store must do."""


__all__ = [
    "AppendingTests",
    "ClosingTests",
    "ExpectedVersionTests",
    "ForkTests",
    "GlobalOrderTests",
    "GroupTests",
    "IdempotencyTests",
    "IntegrityTests",
    "LimitTests",
    "LogDatabase",
    "ReadingTests",
    "SeveralLogsTests",
    "StoreConformance",
    "StreamMetadataTests",
    "StreamTests",
    "SubscriptionTests",
    "TenantTests",
    "TimeTests",
    "TombstoneTests",
]
