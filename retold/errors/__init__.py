"""Every error Retold raises on purpose: one root, narrow leaves.

A message says what happened, to which stream, event or file, and what to do about it. The same
facts are attributes, so that code need not parse text. ``code`` is stable across releases. No
message holds a database password or the text of a driver's error.
"""

from __future__ import annotations

from retold.errors.alerting import (
    AlertError as AlertError,
    AlertProblem as AlertProblem,
    AlertRulesInvalid as AlertRulesInvalid,
)
from retold.errors.auditing import (
    AuditError as AuditError,
    DuplicateQuery as DuplicateQuery,
    InvalidPage as InvalidPage,
    InvalidParameter as InvalidParameter,
    MomentBeforeLog as MomentBeforeLog,
    SqlError as SqlError,
    SqlInvalid as SqlInvalid,
    SqlRefused as SqlRefused,
    SqlResultTooLarge as SqlResultTooLarge,
    SqlTimedOut as SqlTimedOut,
    UnknownParameter as UnknownParameter,
    UnknownQuery as UnknownQuery,
    UnknownRelease as UnknownRelease,
)
from retold.errors.caching import (
    AnswersNotJudged as AnswersNotJudged,
    CacheEntryNotFound as CacheEntryNotFound,
    CacheError as CacheError,
    CacheWithoutLog as CacheWithoutLog,
    NotALookup as NotALookup,
    NothingToInvalidate as NothingToInvalidate,
    NotServed as NotServed,
)
from retold.errors.consumers import (
    ConsumerError as ConsumerError,
    GroupInUse as GroupInUse,
    GroupMismatch as GroupMismatch,
    GroupNotFound as GroupNotFound,
    HandlerFailed as HandlerFailed,
    InvalidGroup as InvalidGroup,
    ParkedEventNotFound as ParkedEventNotFound,
)
from retold.errors.delegating import (
    CyclicDelegation as CyclicDelegation,
    DelegationError as DelegationError,
    DelegationTooDeep as DelegationTooDeep,
    InvalidDelegation as InvalidDelegation,
    TurnLimitReached as TurnLimitReached,
    UnknownSubAgent as UnknownSubAgent,
)
from retold.errors.dialogue import (
    DeadTopics as DeadTopics,
    DialogueError as DialogueError,
    EmptyMessage as EmptyMessage,
    InvalidPreference as InvalidPreference,
    NotClassified as NotClassified,
    UnknownTopic as UnknownTopic,
    UnreachableTopics as UnreachableTopics,
)
from retold.errors.embedding import (
    EmbedderFailed as EmbedderFailed,
    EmbedderNotFound as EmbedderNotFound,
    EmbeddingError as EmbeddingError,
    EmptyText as EmptyText,
    UselessVector as UselessVector,
    WrongDimension as WrongDimension,
)
from retold.errors.encoding import (
    TypeRegistrationError as TypeRegistrationError,
)
from retold.errors.explaining import (
    ExplainError as ExplainError,
    InvalidPath as InvalidPath,
    NothingByThen as NothingByThen,
    PathNotFound as PathNotFound,
    UnknownState as UnknownState,
    VersionNotFound as VersionNotFound,
)
from retold.errors.importing import (
    ConversationUnderWay as ConversationUnderWay,
    ExportFormatUnavailable as ExportFormatUnavailable,
    ExportNotWritten as ExportNotWritten,
    FlowCheckFailed as FlowCheckFailed,
    ImportFailed as ImportFailed,
    InvalidFlowChart as InvalidFlowChart,
    MalformedRecord as MalformedRecord,
    SessionConflict as SessionConflict,
    UnknownFlowChart as UnknownFlowChart,
    UnreadableFile as UnreadableFile,
    UnrecognisedFile as UnrecognisedFile,
)
from retold.errors.inline import (
    InlineProjectionFailed as InlineProjectionFailed,
    InlineProjectionRequired as InlineProjectionRequired,
    InlineUnavailable as InlineUnavailable,
)
from retold.errors.knowing import (
    InvalidKnowledgeContent as InvalidKnowledgeContent,
    InvalidKnowledgePath as InvalidKnowledgePath,
    InvalidKnowledgeRange as InvalidKnowledgeRange,
    InvalidKnowledgeStore as InvalidKnowledgeStore,
    KnowledgeError as KnowledgeError,
)
from retold.errors.meaning import (
    FutureSchemaVersion as FutureSchemaVersion,
    InvalidEventData as InvalidEventData,
    UnknownEventType as UnknownEventType,
    UpcasterRegistrationError as UpcasterRegistrationError,
    UpcastFailed as UpcastFailed,
)
from retold.errors.opening import (
    DatabaseDamaged as DatabaseDamaged,
    DatabaseMissing as DatabaseMissing,
    DatabaseNotMigrated as DatabaseNotMigrated,
    DatabaseTooNew as DatabaseTooNew,
    InvalidActor as InvalidActor,
    InvalidTenant as InvalidTenant,
    MissingExtra as MissingExtra,
    NotARetoldDatabase as NotARetoldDatabase,
    NotWritable as NotWritable,
    OpenError as OpenError,
    UnsupportedUrl as UnsupportedUrl,
)
from retold.errors.orchestrating import (
    AgentLimitsReached as AgentLimitsReached,
    AgentNotRegistered as AgentNotRegistered,
    AgentProblem as AgentProblem,
    AgentsInvalid as AgentsInvalid,
    AgentUnavailable as AgentUnavailable,
    InvalidOrchestratorName as InvalidOrchestratorName,
    InvalidRun as InvalidRun,
    LimitReached as LimitReached,
    OrchestratorError as OrchestratorError,
    OrchestratorUnusable as OrchestratorUnusable,
    WorkflowNotDefined as WorkflowNotDefined,
)
from retold.errors.planning import (
    EmptyGoal as EmptyGoal,
    EmptyPlan as EmptyPlan,
    InvalidPlanDecision as InvalidPlanDecision,
    InvalidPlanLimit as InvalidPlanLimit,
    InvalidPlanPolicy as InvalidPlanPolicy,
    PlanError as PlanError,
    PlanExists as PlanExists,
    PlanNotFound as PlanNotFound,
    PlanNotWaiting as PlanNotWaiting,
    PlanOver as PlanOver,
    UnknownPlanDecision as UnknownPlanDecision,
    UnknownPlanStep as UnknownPlanStep,
)
from retold.errors.policies import (
    ContentRefused as ContentRefused,
    InvalidPolicy as InvalidPolicy,
    LimitExceeded as LimitExceeded,
    MissingScope as MissingScope,
    OutputNotHeld as OutputNotHeld,
    PolicyError as PolicyError,
    PolicyFailed as PolicyFailed,
    PolicyRefused as PolicyRefused,
    ToolNotAllowed as ToolNotAllowed,
)
from retold.errors.problems import (
    EmptyProblem as EmptyProblem,
    InvalidLimit as InvalidLimit,
    InvalidProblemContext as InvalidProblemContext,
    InvalidSolveId as InvalidSolveId,
    ProblemConflict as ProblemConflict,
    ProblemError as ProblemError,
    UnknownProblem as UnknownProblem,
)
from retold.errors.projecting import (
    DuplicateProjection as DuplicateProjection,
    DuplicateTable as DuplicateTable,
    EmptySearch as EmptySearch,
    ProjectionBusy as ProjectionBusy,
    ProjectionCodeChanged as ProjectionCodeChanged,
    ProjectionError as ProjectionError,
    ProjectionEventNotParked as ProjectionEventNotParked,
    ProjectionFailed as ProjectionFailed,
    ProjectionModuleUnusable as ProjectionModuleUnusable,
    ProjectionNotKept as ProjectionNotKept,
    RebuildRefused as RebuildRefused,
    UnknownProjection as UnknownProjection,
)
from retold.errors.queueing import (
    InvalidWorkItem as InvalidWorkItem,
    InvalidWorkQueue as InvalidWorkQueue,
    WorkItemLost as WorkItemLost,
    WorkItemNotFound as WorkItemNotFound,
    WorkQueueError as WorkQueueError,
)
from retold.errors.resilience import (
    BreakerWithoutLog as BreakerWithoutLog,
    CircuitOpen as CircuitOpen,
    ModelTimedOut as ModelTimedOut,
    PoolFull as PoolFull,
    ResilienceError as ResilienceError,
)
from retold.errors.root import (
    RetoldError as RetoldError,
)
from retold.errors.sessions import (
    NotRecorded as NotRecorded,
    SessionBusy as SessionBusy,
    SessionClosed as SessionClosed,
    SessionError as SessionError,
    SessionMismatch as SessionMismatch,
    SessionNotFound as SessionNotFound,
    SubjectNotFound as SubjectNotFound,
    TurnAborted as TurnAborted,
    WaitsForItself as WaitsForItself,
)
from retold.errors.storing import (
    AppendTooLarge as AppendTooLarge,
    ContentNotFound as ContentNotFound,
    CorruptEvent as CorruptEvent,
    DuplicateEventId as DuplicateEventId,
    EmptyAppend as EmptyAppend,
    EventTooLarge as EventTooLarge,
    InvalidCursor as InvalidCursor,
    InvalidEvent as InvalidEvent,
    InvalidExpectedVersion as InvalidExpectedVersion,
    InvalidForkVersion as InvalidForkVersion,
    InvalidStreamName as InvalidStreamName,
    LeaseHeld as LeaseHeld,
    LeaseLost as LeaseLost,
    MigrationRefused as MigrationRefused,
    StoreClosed as StoreClosed,
    StoreError as StoreError,
    StoreUnavailable as StoreUnavailable,
    StreamNotFound as StreamNotFound,
    StreamTombstoned as StreamTombstoned,
    WrongExpectedVersion as WrongExpectedVersion,
)
from retold.errors.telemetry import (
    ExportFailed as ExportFailed,
    TelemetryError as TelemetryError,
)
from retold.errors.workflows import (
    ApprovalNotPending as ApprovalNotPending,
    ExpressionFailed as ExpressionFailed,
    ExpressionInvalid as ExpressionInvalid,
    MissingRunInput as MissingRunInput,
    RunError as RunError,
    RunExists as RunExists,
    RunNotFound as RunNotFound,
    RunNotOver as RunNotOver,
    RunNotRunning as RunNotRunning,
    RunOver as RunOver,
    RunStepError as RunStepError,
    StaleFencingToken as StaleFencingToken,
    StepFinished as StepFinished,
    StepNotReady as StepNotReady,
    UnknownRunStep as UnknownRunStep,
    WorkflowError as WorkflowError,
    WorkflowFileUnreadable as WorkflowFileUnreadable,
    WorkflowInvalid as WorkflowInvalid,
    WorkflowMismatch as WorkflowMismatch,
    WorkflowProblem as WorkflowProblem,
    WorkflowVersionConflict as WorkflowVersionConflict,
)
