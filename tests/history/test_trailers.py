"""Commit messages: the trailers, and the originals that a backport names."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kanalyze.history.trailers import read_message

WHOLE = "9392a27d88b9707145d713654eb26f0c29789e50"
SHORT = "ff002b30181d"
SIGNED = ("Signed-off-by", "A <a@b>")


def trailers(*paragraphs: str) -> list[tuple[str, str]]:
    """Return the trailers of a message with these paragraphs, but for its sign-off."""
    message = "\n\n".join(("mm: x", *paragraphs, "Signed-off-by: A <a@b>\n"))
    subject, found = read_message(message)
    assert subject == "mm: x" and found[-1] == SIGNED
    assert read_message(message.replace("\n", "\r\n")) == (subject, found)
    return list(found[:-1])


@pytest.mark.parametrize(
    ("message", "subject", "trailers"),
    [
        ("", "", ()),
        ("one\n", "one", ()),
        ("\n\nfoo: bar\nbaz\n", "foo: bar baz", ()),
        ("mm: x\n\nNote: this is prose.\n", "mm: x", ()),
        ("mm: x\n\nSigned-off-by: A <a@b>\n", "mm: x", (SIGNED,)),
        ("mm: x\n\n Signed-off-by: A <a@b>\n \n", "mm: x", (SIGNED,)),
        ("mm: x\r\n\r\nText.\r\n\r\nCc: a\r\n\tand b\r\n", "mm: x", (("Cc", "a and b"),)),
        (
            'mm: x\n\nText.\n\nFixes: 123456789abc ("a\n  long one")\n'
            "Cc: <stable@x> # 5.10+\n[a@b: tweak]\nReported-by: C\n\nLink: https://localhost/1\n",
            "mm: x",
            (
                ("Fixes", '123456789abc ("a long one")'),
                ("Cc", "<stable@x> # 5.10+"),
                ("Reported-by", "C"),
                ("Link", "https://localhost/1"),
            ),
        ),
        ("x\n\nText with Link: in it,\nand Fixes: too\n\nFoo-bar: 1\n", "x", ()),
    ],
)
def test_messages(message: str, subject: str, trailers: tuple[tuple[str, str], ...]) -> None:
    assert read_message(message) == (subject, trailers)


@pytest.mark.parametrize(
    "line",
    [
        'Fixes: 09854ba94c6a ("mm: do_wp_page() simplification")',
        "Link: https://lore.kernel.org/r/1234@localhost",
        "Closes: https://bugzilla.kernel.org/show_bug.cgi?id=1",
        "Cc: stable@vger.kernel.org # 5.10+",
        "Cc: <stable@vger.kernel.org>\t[5.10.x, 5.15.x]",
        "Cc: <stable@kernel.org>",
        "CC: Stable Tree <stable@kernel.org>",
        "Reported-by: C <c@d>",
        "Reported-and-tested-by: C <c@d>",
    ],
)
def test_a_trailer_is_kept_as_it_is(line: str) -> None:
    key, value = line.split(": ", 1)
    assert trailers("Text.", line) == trailers(f"Text.\n\n{line}") == [(key, value)]
    assert trailers(f"commit {SHORT} upstream.", line)[1:] == [(key, value)]
    assert trailers(line, f"(cherry picked from commit {SHORT})")[1:] == [(key, value)]


@pytest.mark.parametrize(
    "form",
    [
        "commit {} upstream.",
        "Commit {} upstream.",
        "commit {} upstream",
        "commit: {} upstream.",
        'commit {} ("mm: a change (abc1234) of\nmany words") upstream.',
        "commit {} upstream.\nSome prose that follows at once.",
        "commit {} upstream.\nFixed up by hand.",
        "[ Upstream commit {} ]",
        "[Upstream commit {}]",
        "[ upstream commit {} ]",
        "[ commit {} upstream ]",
        '[ Upstream commit {} ("mm: x") ]',
        "Text, and then a note:\n[ Upstream commit {} ]",
        "upstream commit {}",
        "Upstream commit {}.",
        "(upstream commit {})",
    ],
)
def test_an_upstream_commit(form: str) -> None:
    for commit in (WHOLE, SHORT, WHOLE.upper()):
        expected = [("Upstream-commit", commit.lower())]
        assert trailers(form.format(commit)) == trailers(form.format(commit), "Text.") == expected
        assert trailers("Text.", form.format(commit)) == expected


@pytest.mark.parametrize(
    "form",
    [
        "(cherry picked from commit {})",
        "(cherry-picked from commit {})",
        "(Cherry-Picked from commit {})",
        "(cherry picked from commit {} linux-next)",
        "(cherry picked from {} commit)",
        "(backported from commit {})",
    ],
)
def test_a_cherry_pick(form: str) -> None:
    for commit in (WHOLE, SHORT, WHOLE.upper()):
        line = form.format(commit)
        expected = [("Cherry-picked-from", commit.lower())]
        assert trailers(line) == expected
        assert trailers(f"Cc: a@b\n{line}\n[b@c: tweak]\nCc: d@e") == [
            *expected,
            ("Cc", "a@b"),
            ("Cc", "d@e"),
        ]


@pytest.mark.parametrize(
    "text",
    [
        "[ Upstream commits {} and {} ]",
        "commits {} and {} upstream.",
        "commits {}, {} upstream",
        "commit {} and commit {} upstream.",
        "commit {} upstream.\ncommit {} upstream.",
        "commit {} upstream\ncommit {} upstream",
        "commit {} upstream.\n\ncommit {} upstream.",
        "[ Upstream commit {} ]\n[ Upstream commit {} ]",
    ],
)
def test_several_originals(text: str) -> None:
    pairs = [("Upstream-commit", WHOLE), ("Upstream-commit", SHORT)]
    assert trailers(text.format(WHOLE, SHORT)) == pairs
    assert trailers(text.format(WHOLE, SHORT), text.format(SHORT, WHOLE)) == pairs


@pytest.mark.parametrize(
    "text",
    [
        f"This is prose, as in commit {WHOLE} upstream, of a kind.",
        f"As in\ncommit {WHOLE} upstream.",
        f"This reverts commit {SHORT} which is commit {WHOLE} upstream.",
        f"This reverts commit {SHORT} which is\ncommit {WHOLE} upstream.",
        f"Commit {WHOLE} upstream broke this.",
        f"Commit {WHOLE} upstream\nbroke this.",
        f"Upstream commit {WHOLE}\nadded a check.",
        f'Upstream commit {SHORT} ("btrfs: raid56: make steal_rbio() subpage\ncompatible") broke',
        f"The fix\n(upstream commit {WHOLE})\nis incomplete.",
        f"Text (cherry picked from commit {WHOLE}) that goes on.",
        f"> commit {WHOLE} upstream.",
        f"> [ Upstream commit {WHOLE} ]\n> (cherry picked from commit {WHOLE})",
        f"    commit {WHOLE} upstream.",
        f"    [ Upstream commit {WHOLE} ]",
        f"[ Upstream commit did not apply after {WHOLE} ]",
        f"commit {WHOLE}",
        "No upstream commit.",
        "commit 123456 upstream.",  # six digits are no id
        f"commit {WHOLE}0 upstream.",  # and neither are 41
        "commit deadbeefs upstream.",
        "[ Upstream commit xyz1234 ]",
    ],
)
def test_what_names_no_original(text: str) -> None:
    assert trailers(text) == []


def test_the_subject_names_no_original() -> None:
    line = f"commit {WHOLE} upstream."
    assert read_message(line + "\n") == (line, ())


PIECES = st.sampled_from(
    ["commit", "commits", "Upstream", "upstream", "and", "cherry picked from", "backported from"]
    + [*"[](),.:>&\t\r \n", "\n\n", "\r\n", '("', '")', "Cc: a", "Fixes: ", WHOLE, SHORT, "abcdef0"]
)
WRITTEN = st.lists(st.one_of(PIECES, st.text(max_size=5))).map(" ".join)


@given(st.one_of(st.text(), WRITTEN, st.lists(PIECES).map("".join)))
@example(f"x\n\ncommit {WHOLE} upstream.\n\n(cherry picked from commit {SHORT})")
def test_no_text_raises_or_gives_what_it_does_not_have(text: str) -> None:
    subject, found = read_message(text)
    assert "\n" not in subject
    for key, value in found:
        if key in ("Upstream-commit", "Cherry-picked-from"):
            assert re.fullmatch("[0-9a-f]{7,40}", value)
            assert value in re.findall("[0-9a-f]+", text.lower())
        else:
            assert key in text and all(word in text for word in value.split())


@pytest.mark.parametrize(
    "text",
    [
        f"commit {WHOLE}" + f' ("a") and {WHOLE}' * 10_000,
        f"[ Upstream commit {WHOLE}" + ', "' * 100_000,
        f'[ Upstream commit {WHOLE} ("\n' * 3_000,
        "(cherry picked from" + " " * 300_000,
        f"(cherry picked from commit {WHOLE}" + " x" * 100_000,
        "commit\n" * 50_000,
    ],
)
def test_a_message_that_wants_to_be_slow(text: str) -> None:
    start = time.process_time()
    assert read_message(f"x\n\n{text}") == ("x", ())
    assert time.process_time() - start < 1
