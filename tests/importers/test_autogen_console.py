from __future__ import annotations

from hypothesis import given, strategies as st

from retold.importers.formats.autogen_notebook.chats import Chat, parent_of, sort_into_chats
from retold.importers.formats.autogen_notebook.console import (
    Banner,
    Printed,
    PrintedCall,
    PrintedResponse,
    has_messages,
    read_console,
)
from tests.importers.recordings import answered, asked, begun, said

auto_reply = "\x1b[31m\n>>>>>>>> USING AUTO REPLY...\x1b[0m\n"


def messages(text: str) -> list[Printed]:
    return [entry for entry in read_console(text) if isinstance(entry, Printed)]


def contents(chat: Chat) -> list[str]:
    return [message.content for message in chat.messages]


# Messages --------------------------------------------------------------------------------------


def test_a_message_is_read_without_its_colours_and_its_end() -> None:
    text = said("The Cook", "guest", "\x1b[1mSoup\x1b[0m?\n\nOr stew?") + auto_reply
    assert messages(text) == [
        Printed(at=0, sender="The Cook", recipient="guest", headers=1, content="Soup?\n\nOr stew?")
    ]


def test_messages_that_lost_their_colours_are_read_too() -> None:
    text = "\n".join(["cook (to guest):", "", "Soup (to go): yes", "", "-" * 80, ""])
    (message,) = messages(text)
    assert (message.sender, message.recipient) == ("cook", "guest")
    assert message.content == "Soup (to go): yes"


def test_a_text_that_talks_of_messages_is_none() -> None:
    assert not has_messages("I wrote cook (to guest): hello\n")
    assert not has_messages("cook (to guest):\n\nno line of dashes\n")
    assert not has_messages("")
    assert read_console("x = 3\n") == []


def test_a_line_like_a_header_within_a_coloured_console_is_content() -> None:
    (message,) = messages(said("a", "b", "cook (to guest):\n\nSoup?"))
    assert message.content == "cook (to guest):\n\nSoup?"


def test_dashes_within_a_message_do_not_end_it() -> None:
    body = f"above\n{'-' * 80}\nbelow"
    first, second = messages(said("a", "b", body) + said("b", "a", "ok"))
    assert first.content == body
    assert second.content == "ok"


def test_a_message_cut_off_by_the_end_is_kept() -> None:
    (message,) = messages(said("a", "b", "half of it")[:-90])
    assert message.content == "hal"


def test_an_empty_message_is_a_message() -> None:
    first, second = messages(said("a", "b", "") + said("a", "b", ""))
    assert (first.content, first.headers) == (second.content, second.headers) == ("", 1)


def test_calls_are_read_with_their_arguments() -> None:
    (message,) = messages(asked("a", "b", "call_1", "look", '{\n  "at": 1\n}'))
    assert message.content == ""
    assert message.calls == (PrintedCall("look", "call_1", '{\n  "at": 1\n}'),)


def test_calls_of_older_versions_and_several_at_once_are_read() -> None:
    stars = "*" * 40
    body = (
        "I shall look.\n"
        f"***** Suggested function Call: look *****\nArguments: \n{{}}\n{stars}\n"
        f"***** Suggested tool Call (c2): find *****\nArguments: \n{{}}\n{stars}"
    )
    (message,) = messages(said("a", "b", body))
    assert message.content == "I shall look."
    assert message.calls == (PrintedCall("look", None, "{}"), PrintedCall("find", "c2", "{}"))


def test_a_response_is_one_message_though_its_header_is_printed_twice() -> None:
    text = answered("b", "a", "call_1", "here\n*****\nand there")
    (message,) = messages(text)
    assert (message.headers, message.at) == (2, text.rindex("\x1b[33mb"))
    assert message.content == "here\n*****\nand there"
    assert message.response == PrintedResponse(id="call_1")


def test_responses_of_older_versions_are_read() -> None:
    stars = "*" * 40
    quoted, function = (
        f"***** Response from calling {what} *****\nhere\n{stars}"
        for what in ('tool "c1"', 'function "look"')
    )
    first, second = messages(said("b", "a", quoted) + said("b", "a", function))
    assert first.response == PrintedResponse(id="c1")
    assert second.response == PrintedResponse(name="look")
    assert first.content == second.content == "here"


def test_a_banner_tells_the_first_message_where_it_shows_it() -> None:
    first, second = read_console(begun() + begun("Cook\n\nsoup"))
    assert isinstance(first, Banner)
    assert isinstance(second, Banner)
    assert (first.message, second.message) == (None, "Cook\n\nsoup")


@given(st.text(st.sampled_from("a\n-*\x1b[33m (to):.Starting"), max_size=300))
def test_any_text_is_read(text: str) -> None:
    entries = read_console(text + said("a", "b", text))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert has_messages(text + said("a", "b", text))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("cd"), words), max_size=6))
def test_what_was_printed_is_read(talk: list[tuple[str, str, str]]) -> None:
    read = messages("".join(said(*line) + auto_reply for line in talk))
    assert [(m.sender, m.recipient, m.content) for m in read] == talk


# Chats -----------------------------------------------------------------------------------------


def test_a_nested_chat_ends_where_its_parent_goes_on() -> None:
    text = (
        said("guest", "waiter", "Soup?")
        + begun()
        + said("helper", "waiter", "Soup?")
        + said("waiter", "helper", "I ask.")
        + said("waiter", "guest", "Yes.")
        + begun()
        + said("helper", "guest", "Yes.")
        + said("guest", "waiter", "Good.")
    )
    own, first, second = chats = sort_into_chats(read_console(text))
    assert contents(own) == ["Soup?", "Yes.", "Good."]
    assert contents(first) == ["Soup?", "I ask."]
    assert contents(second) == ["Yes."]
    assert parent_of(first, chats) is parent_of(second, chats) is own
    assert own.said_before(second.at) == 2


def test_a_chat_within_a_nested_chat_hangs_in_it() -> None:
    text = (
        said("a", "b", "1")
        + begun()
        + said("p", "b", "2")
        + begun()
        + said("q", "p", "3")
        + said("p", "b", "4")
        + said("b", "a", "5")
    )
    own, outer, inner = chats = sort_into_chats(read_console(text))
    assert [contents(chat) for chat in chats] == [["1", "5"], ["2", "4"], ["3"]]
    assert parent_of(outer, chats) is own
    assert parent_of(inner, chats) is outer


def test_chats_one_after_the_other_are_beside_each_other() -> None:
    text = begun("1") + said("a", "b", "1") + begun("2") + said("a", "c", "2")
    own, first, second = chats = sort_into_chats(read_console(text))
    assert own.messages == []
    assert parent_of(first, chats) is parent_of(second, chats) is own


def test_chats_at_once_are_told_apart_by_message_and_agents() -> None:
    text = (
        begun("one")
        + begun("two")
        + said("a", "c", "two")
        + said("a", "b", "one")
        + said("b", "a", "one!")
        + said("c", "a", "two!")
    )
    _, first, second = sort_into_chats(read_console(text))
    assert contents(first) == ["one", "one!"]
    assert contents(second) == ["two", "two!"]


def test_a_group_chat_is_all_that_goes_to_its_manager() -> None:
    text = begun() + "".join(
        said(sender, "manager", str(number)) for number, sender in enumerate(["a", "b", "c", "a"])
    )
    own, group = sort_into_chats(read_console(text))
    assert own.messages == []
    assert contents(group) == ["0", "1", "2", "3"]


def test_a_chat_that_nobody_spoke_in_is_kept() -> None:
    chats = sort_into_chats(read_console(said("a", "b", "1") + begun()))
    assert [contents(chat) for chat in chats] == [["1"], []]
    assert parent_of(chats[1], chats) is chats[0]
