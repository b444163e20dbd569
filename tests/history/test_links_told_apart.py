"""Questions in the same words: the text tells which is which, or it is asked."""

from pathlib import Path

from kernelish import GUP, Kernel, helper, source

_LOOK = """
static int look(struct page *page, int nr)
{
%s
	return nr;
}
"""
_STEPS = [
    f"\tprepare_{name}(page);\n\tif (PageSwapCache(page))\n\t\t{name}_slot(page);\n"
    for name in ("drop", "find", "free")
]


def look(*steps: str) -> str:
    return _LOOK % "\n".join(steps)


def test_one_of_several_goes(tmp_path: Path) -> None:
    """What is written next to it says which one, and not its place among its like."""
    kernel = Kernel(tmp_path)
    kernel.memory(look(*_STEPS))
    old = kernel.scan().sites
    done = kernel.memory(look(*_STEPS[1:]))
    told = {event.from_id or event.id: event for event in kernel.events(done)}
    assert [told[site.id].kind for site in old] == ["removed", "changed", "changed"]


def test_one_of_several_comes(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path)
    kernel.memory(look(_STEPS[0], _STEPS[2]))
    done = kernel.memory(look(*_STEPS))
    new = kernel.scan().sites
    told = {event.id: event for event in kernel.events(done)}
    assert [told[site.id].kind for site in new if site.id in told] == ["introduced", "changed"]
    assert new[0].id not in told


def test_what_two_new_helpers_ask_is_a_question(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path)
    kernel.memory(look("\tif (page_count(page) == 1)\n\t\tnr++;"))
    both = [helper(name="ours_now"), helper(name="ours_then")]
    calls = look("\tif (ours_now(page))\n\t\tnr++;", "\tif (ours_then(page))\n\t\tnr--;")
    done = kernel.memory(*both, calls)
    asked = [e for e in kernel.events(done) if e.predicate == "page_count(page) == 1"]
    assert sorted(e.kind for e in asked) == ["introduced", "introduced", "removed"]
    assert all(e.perhaps for e in asked)


def test_a_name_that_changes_hands(tmp_path: Path) -> None:
    """What was called grab is called grab_fast, and what was called grab_page is grab."""
    fast = (
        "\tif (irqs_on())\n\t\treturn false;\n\tif (!get_fast(page))\n\t\treturn false;\n"
        "\tpin_account(page);\n\treturn page_count(page) > 3;"
    )
    slow = (
        "\tmight_sleep();\n\tlru_drain(page);\n\tif (poisoned(page))\n\t\treturn true;\n"
        "\twait_for(page);\n\treturn page_count(page) > 3;"
    )
    kernel = Kernel(tmp_path)
    kernel.commit({GUP: source(helper(fast, "try_grab"), helper(slow, "try_grab_page"))})
    done = kernel.commit({GUP: source(helper(slow, "try_grab"), helper(fast, "try_grab_fast"))})
    moves = {(e.from_function, e.function): e.links for e in kernel.events(done)}
    assert moves == {
        ("try_grab", "try_grab_fast"): ("function renamed",),
        ("try_grab_page", "try_grab"): ("function renamed",),
    }
