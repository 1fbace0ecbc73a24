"""The statements on the files of knowledge stores; ``{now}`` is the time."""

from __future__ import annotations

_store = "tenant = :tenant AND name = :name"
_file = f"{_store} AND path = :path"

# The one who changes something has this row until its transaction ends: changes follow each other.
number = """
INSERT INTO knowledge_stores (tenant, name, last_change) VALUES (:tenant, :name, :changes)
ON CONFLICT (tenant, name) DO UPDATE
SET last_change = knowledge_stores.last_change + excluded.last_change
RETURNING last_change
"""
size = f"SELECT size FROM knowledge_files WHERE {_file}"  # noqa: S608 - constants
last_chunk = f"""
SELECT start, content FROM knowledge_chunks WHERE {_file} ORDER BY start DESC LIMIT 1
"""  # noqa: S608 - constants
put_file = """
INSERT INTO knowledge_files (tenant, name, path, size, changed_by)
VALUES (:tenant, :name, :path, :size, :number)
ON CONFLICT (tenant, name, path) DO UPDATE
SET size = excluded.size, changed_by = excluded.changed_by
"""
put_chunk = """
INSERT INTO knowledge_chunks (tenant, name, path, start, content)
VALUES (:tenant, :name, :path, :start, :content)
ON CONFLICT (tenant, name, path, start) DO UPDATE SET content = excluded.content
"""
delete_file = f"DELETE FROM knowledge_files WHERE {_file}"  # noqa: S608 - constants
delete_chunks = f"DELETE FROM knowledge_chunks WHERE {_file}"  # noqa: S608 - constants
chunks = f"""
SELECT start, content FROM knowledge_chunks
WHERE {_file} AND start < :end
  AND start >= coalesce((
    SELECT max(start) FROM knowledge_chunks WHERE {_file} AND start <= :start
  ), 0)
ORDER BY start
"""  # noqa: S608 - constants

# A range of names in byte order, and no pattern: nothing in a path stands for something else.
beneath = f"{_store} AND path >= :low AND path < :high"
files = f"""
SELECT path, size, changed_by FROM knowledge_files
WHERE ({_file}) OR ({beneath}) ORDER BY path
"""  # noqa: S608 - constants
paths = f"SELECT path FROM knowledge_files WHERE {beneath} ORDER BY path"  # noqa: S608
exists = f"""
SELECT 1 WHERE EXISTS (SELECT 1 FROM knowledge_files WHERE {_file})
            OR EXISTS (SELECT 1 FROM knowledge_files WHERE {beneath})
"""  # noqa: S608 - constants

put_change = """
INSERT INTO knowledge_changes (tenant, name, number, type, data, changed_at)
VALUES (:tenant, :name, :number, :type, :data, {now})
"""
pending = f"""
SELECT number, type, data, changed_at FROM knowledge_changes WHERE {_store} ORDER BY number
"""  # noqa: S608 - constants
settled = f"""
DELETE FROM knowledge_changes WHERE {_store} AND number <= :recorded
"""  # noqa: S608 - constants
