"""Which topics a conversation has, and which message leads from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from retold.errors.dialogue import DeadTopics, UnknownTopic, UnreachableTopics

Ways = Mapping[str, str] | Sequence[str]
"""From one topic: the next topic by trigger, or the triggers that are named as the topics are."""


@dataclass(frozen=True)
class TransitionTable:
    """Topics, and the ways between them.

    A way is gone when a message of a class, its trigger, arrives in the topic the way begins in.

    Attributes:
        transitions: the ways from each topic; a topic without any may be left out.
        initial: where a conversation begins.
        terminal: topics a conversation may end in. They may have ways on: it is taken up again.
        topics: all of them, the initial one first; those of the transitions, unless given.
    """

    transitions: Mapping[str, Ways]
    initial: str
    terminal: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()
    _ways: Mapping[str, Mapping[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the table.

        Raises:
            UnknownTopic: when it names a topic that is not among those given, or when the initial
                topic or a terminal one is none of the transitions'.
            UnreachableTopics: when no way leads from the initial topic to a topic.
            DeadTopics: when no way leads out of a topic that is not terminal.
        """
        ways = {topic: _by_trigger(found) for topic, found in self.transitions.items()}
        named = dict.fromkeys(
            [self.initial, *ways, *(t for w in ways.values() for t in w.values())]
        )
        topics = tuple(dict.fromkeys([self.initial, *(self.topics or named)]))
        if self.topics:
            known = set(self.topics)
            unknown = next((topic for topic in named if topic not in known), None)
            if unknown is not None:
                raise UnknownTopic(unknown, self.topics, where="A transition")
        for topic in sorted(self.terminal):
            if topic not in topics:
                raise UnknownTopic(topic, topics, where="The list of terminal topics")
        object.__setattr__(self, "topics", topics)
        object.__setattr__(self, "terminal", frozenset(self.terminal))
        object.__setattr__(
            self,
            "_ways",
            MappingProxyType({topic: MappingProxyType(ways.get(topic, {})) for topic in topics}),
        )
        self._check_ways()

    def _check_ways(self) -> None:
        reached, waiting = {self.initial}, [self.initial]
        while waiting:
            for topic in self._ways[waiting.pop()].values():
                if topic not in reached:
                    reached.add(topic)
                    waiting.append(topic)
        unreachable = [topic for topic in self.topics if topic not in reached]
        if unreachable:
            raise UnreachableTopics(unreachable, self.initial)
        dead = [
            topic
            for topic in self.topics
            if topic not in self.terminal and not set(self._ways[topic].values()) - {topic}
        ]
        if dead:
            raise DeadTopics(dead)

    def ways_from(self, topic: str) -> Mapping[str, str]:
        """Return the next topic by trigger.

        Raises:
            UnknownTopic: when the table has no such topic.
        """
        found = self._ways.get(topic)
        if found is None:
            raise UnknownTopic(topic, self.topics, where="The conversation")
        return found

    def unhandled(self, classes: Iterable[str]) -> list[tuple[str, str]]:
        """Return the pairs of topic and class of message that the table has no way for.

        Terminal topics are left out.

        Args:
            classes: those a classifier can give.
        """
        given = list(classes)
        return [
            (topic, message_class)
            for topic in self.topics
            if topic not in self.terminal
            for message_class in given
            if message_class not in self._ways[topic]
        ]

    def stuck_with(self, classes: Iterable[str]) -> list[str]:
        """Return the topics that no message of these classes leads out of, but for terminal ones.

        Args:
            classes: those a classifier can give.
        """
        given = set(classes)
        return [
            topic
            for topic in self.topics
            if topic not in self.terminal
            and not {to for trigger, to in self._ways[topic].items() if trigger in given} - {topic}
        ]

    @classmethod
    def of_graph(cls, *graphs: Mapping[str, str | Sequence[str]], initial: str) -> TransitionTable:
        """Return the table of flow charts in which a node names the nodes after it.

        A node that no other leads to is a condition, such as ``yes``: the chart enters it when it
        goes on from a node that ends a branch. So from each of those there is a way to what any
        condition leads to, and each of those is terminal. Several charts become one table.

        Args:
            graphs: next node, or nodes, by node. The first key of each is its first node.
            initial: a topic of its own, from which there is a way to each first node and to what
                follows it.
        """
        ways: dict[str, dict[str, None]] = {initial: {}}
        terminal: set[str] = {initial}
        for graph in graphs:
            after = {n: (to,) if isinstance(to, str) else tuple(to) for n, to in graph.items()}
            entered = {to for following in after.values() for to in following}
            first = next(iter(after))
            conditions = {node for node in after if node not in entered and node != first}
            resumed = [to for node in conditions for to in after[node]]
            for node, following in after.items():
                if node not in conditions:
                    ways.setdefault(node, {}).update(dict.fromkeys(following))
            for node in sorted(entered - set(after)):
                terminal.add(node)
                ways.setdefault(node, {}).update(dict.fromkeys(sorted(resumed)))
            ways[initial].update(dict.fromkeys([first, *after[first]]))
        return cls({node: list(to) for node, to in ways.items()}, initial, frozenset(terminal))


def _by_trigger(ways: Ways) -> dict[str, str]:
    if isinstance(ways, Mapping):
        return dict(ways)
    return {trigger: trigger for trigger in ways}
