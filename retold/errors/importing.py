"""Why a recorded conversation could not be imported or exported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retold.errors.root import RetoldError
from retold.errors.sessions import SessionError


class ImportFailed(RetoldError):
    """A recorded conversation could not be imported; nothing of it was written."""

    code = "import_failed"


class UnreadableFile(ImportFailed):
    """Raised when an import path is missing, cannot be read, or holds no valid JSON.

    Attributes:
        path: the file or folder.
        reason: what is wrong with it.
        line: where the JSON breaks, from 1; None when that is not the trouble.
        column: place in that line, from 1.
    """

    code = "unreadable_file"

    def __init__(
        self, path: Path, reason: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        self.path = path
        self.reason = reason
        self.line = line
        self.column = column
        super().__init__(f"{path}: {reason}. Nothing of it was imported.")


class UnrecognisedFile(ImportFailed):
    """Raised when no importer knows the form of a file that was named."""

    code = "unrecognised_file"

    def __init__(self, path: Path, reason: str, looked_for: str = "") -> None:
        self.path = path
        self.reason = reason
        forms = f" Looked for {looked_for}." if looked_for else ""
        super().__init__(f"{path}: not a recording Retold can import: {reason}.{forms}")


class MalformedRecord(ImportFailed):
    """Raised when a record of an import file breaks the form the file is in.

    Attributes:
        path: the file.
        record: where in the file, as a JSON path such as ``$[3].traj[7]``.
        field: name of the offending field; empty when the record as a whole is at fault.
    """

    code = "malformed_record"

    def __init__(self, path: Path, record: str, field: str, reason: str) -> None:
        self.path = path
        self.record = record
        self.field = field
        where = f"{record}.{field}" if field else record
        super().__init__(f"{path}: {where}: {reason}. Nothing of this session was imported.")


class SessionConflict(ImportFailed):
    """Raised when a session of that id is in the log already, with other content."""

    code = "session_conflict"

    def __init__(self, session: str, path: Path) -> None:
        self.session = session
        self.path = path
        super().__init__(
            f"{path}: session {session!r} is in the log already with other content, and was left "
            "as it is. Import this file under other ids with --prefix."
        )


class ExportFormatUnavailable(SessionError):
    """Raised when a session, or all of a subject's, cannot be exported in the format asked for."""

    code = "export_format_unavailable"

    def __init__(
        self, session: str, export_format: str, reason: str, *, of: str = "Session"
    ) -> None:
        self.session = session
        self.export_format = export_format
        super().__init__(f"{of} {session!r} cannot be exported as {export_format!r}: {reason}.")


class ExportNotWritten(RetoldError):
    """Raised when an export cannot be put where it was to go; nothing is left there.

    Attributes:
        path: where it was to go.
        reason: what is in the way.
    """

    code = "export_not_written"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"Nothing was exported to {path}: {reason}.")


class FlowCheckFailed(RetoldError):
    """A recorded conversation could not be held to flow charts; nothing of it was recorded."""

    code = "flow_check_failed"


class InvalidFlowChart(FlowCheckFailed):
    """Raised when a file is no flow chart, or a folder has none.

    Attributes:
        path: the file or folder.
        reason: what is wrong with it.
    """

    code = "invalid_flow_chart"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path}: {reason}. Name a folder of flow charts, each a file "
            '{"graph": {node: next node}}.'
        )


class UnknownFlowChart(FlowCheckFailed):
    """Raised when a conversation has a task of which there is no flow chart.

    Attributes:
        session: id of the conversation.
        task: as the conversation names it.
        tasks: those there are flow charts of.
    """

    code = "unknown_flow_chart"

    def __init__(self, session: str, task: str, tasks: Iterable[str]) -> None:
        self.session = session
        self.task = task
        self.tasks = tuple(tasks)
        super().__init__(
            f"Session {session!r} has the task {task!r}, and there are flow charts of "
            f"{', '.join(self.tasks) or 'none'}. Add {task}.json to their folder."
        )


class ConversationUnderWay(FlowCheckFailed):
    """Raised when a conversation to be held to flow charts was moved by a stateful agent before.

    Attributes:
        session: id of the conversation.
    """

    code = "conversation_under_way"

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(
            f"A stateful agent has moved session {session!r} through topics of its own, and it was "
            "left as it is. Import it under another id with --prefix to hold it to flow charts."
        )
