"""KTAP: what holds for every log."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kanalyze.lab.ktap import Parser, Result, leaves, parse

_NAMES = st.text("abcXYZ019 ()+.'\u00e9\u6f22", min_size=1, max_size=30).map(
    lambda text: " ".join(text.split()) or "a"
)
_DIRECTIVES = ("", "SKIP", "skip", "TODO", "XFAIL", "Timeout", "error")


@dataclass(frozen=True)
class Tree:
    """A test as it is to be printed."""

    ok: bool
    name: str
    directive: str
    text: str
    said: tuple[str, ...]
    children: tuple["Tree", ...]


def _tree(children: st.SearchStrategy[tuple[Tree, ...]]) -> st.SearchStrategy[Tree]:
    return st.builds(
        Tree,
        ok=st.booleans(),
        name=_NAMES.filter(lambda name: not name.startswith("- ")),
        directive=st.sampled_from(_DIRECTIVES),
        text=_NAMES,
        said=st.lists(_NAMES.map(lambda name: f"said {name}"), max_size=3).map(tuple),
        children=children,
    )


_LEAF = _tree(st.just(()))
_TREES = st.recursive(
    _LEAF, lambda inner: _tree(st.lists(inner, min_size=1, max_size=3).map(tuple)), max_leaves=12
)
_FORESTS = st.lists(_TREES, max_size=4).map(tuple)


@dataclass(frozen=True)
class Style:
    """How a log is printed."""

    version: str
    indent: str
    dash: str
    plan_last: bool
    stamps: bool
    end: str


_STYLES = st.builds(
    Style,
    version=st.sampled_from(["KTAP version 1", "TAP version 13"]),
    indent=st.sampled_from(["  ", "    ", "# "]),
    dash=st.sampled_from(["", "- "]),
    plan_last=st.booleans(),
    stamps=st.booleans(),
    end=st.sampled_from(["", "\n", "\r\n"]),
)


def printed(forest: tuple[Tree, ...], style: Style, margin: str = "") -> Iterator[str]:
    plan = f"{margin}1..{len(forest)}"
    yield margin + style.version
    if not style.plan_last:
        yield plan
    for number, tree in enumerate(forest, 1):
        if tree.children:
            yield from printed(tree.children, style, margin + style.indent)
        yield from (f"{margin}# {said}" for said in tree.said)
        told = f" # {tree.directive} {tree.text}" if tree.directive else ""
        yield f"{margin}{'ok' if tree.ok else 'not ok'} {number} {style.dash}{tree.name}{told}"
    if style.plan_last:
        yield plan


def lines(forest: tuple[Tree, ...], style: Style) -> list[str]:
    stamp = "[   12.345678] " if style.stamps else ""
    return [f"{stamp}{line}{style.end}" for line in printed(forest, style)]


def same(result: Result, tree: Tree, number: int) -> bool:
    return (
        (result.ok, result.name, result.number) == (tree.ok, tree.name, number)
        and result.directive == tree.directive.lower()
        and (not tree.directive or result.text == tree.text)
        and result.diagnostics == tree.said
        and len(result.children) == len(tree.children)
        and all(map(same, result.children, tree.children, range(1, len(tree.children) + 1)))
    )


@given(_FORESTS, _STYLES)
def test_what_was_printed_is_read(forest: tuple[Tree, ...], style: Style) -> None:
    found = parse(lines(forest, style))
    assert found.problems == ()
    assert found.planned == len(found.results) == len(forest)
    assert all(map(same, found.results, forest, range(1, len(forest) + 1)))


@given(_FORESTS, _STYLES, st.data())
def test_a_part_of_a_log_gives_a_part_of_the_results(
    forest: tuple[Tree, ...], style: Style, data: st.DataObject
) -> None:
    whole = lines(forest, style)
    cut = data.draw(st.integers(0, len(whole)))
    part = [one for one in leaves(parse(whole[:cut]).results) if one.ok is not None]
    everything = leaves(parse(whole).results)
    assert [(one.ok, one.name) for one in part] == [
        (one.ok, one.name) for one in everything[: len(part)]
    ]


@given(_FORESTS, _STYLES)
def test_following_a_log_gives_every_result_once(forest: tuple[Tree, ...], style: Style) -> None:
    parser = Parser()
    followed = [one for line in lines(forest, style) for one in parser.feed(line)]
    assert tuple(one for one in followed if one.depth == 0) == parser.finish().results


_PIECES = st.sampled_from(
    ["ok ", "not ok ", "1", "..", "#", " ", "    ", "# ", "SKIP", "TAP version 13", "Bail out!",
     "KTAP version 1", "Subtest: ", "Totals: pass:1", "[    1.234567] ", "\t", "\r", "\x00", "-",
     "99999", "a", "\udcff", "selftests: "]
)  # fmt: skip
_LINES = st.one_of(
    st.lists(_PIECES, max_size=8).map("".join),
    st.text(max_size=60),
    st.binary(max_size=60),
)


@given(st.lists(_LINES, max_size=40))
def test_nothing_raises(garbage: list[str | bytes]) -> None:
    found = parse(garbage)
    kept = leaves(found.results)
    assert all(one.lines or one.ok is None for one in kept)
    followed = Parser()
    assert sum(len(followed.feed(line)) for line in garbage) >= len(
        [one for one in kept if one.ok is not None]
    )
