"""What headers and Kconfig files declare, and which changes of it count."""

from kanalyze.review.declarations import defined, is_options, members, options

HEADER = b"""
#ifndef _LINUX_THING_H
#define _LINUX_THING_H
/* struct comment { int none; }; */
struct page {
	unsigned long flags;		/* what it is */
	union {
		struct {	/* of a page cache */
			struct list_head lru;
			void *mapping, *other;
		};
		unsigned int units:4, rest;
	};
	atomic_t _mapcount;
#ifdef CONFIG_MEMCG
	unsigned long memcg_data;
#else
	char none[4];
#endif
	void (*release)(struct page *page);
} _aligned;

enum {
	FOLL_WRITE = 1 << 0,
	FOLL_PIN = BIT(19), FOLL_LAST
};

static inline int page_count(struct page *page)
{
	struct { int inner; } local = { 1 };
	return page->_count + local.inner;
}
#define page_mapped(page) \\
	((page)->_mapcount)
#endif
"""


def test_members_belong_to_the_structure_that_has_a_name() -> None:
    found = members(HEADER)
    assert found["struct page.flags"] == "unsigned long flags"
    assert found["struct page.lru"] == "struct list_head lru"
    assert found["struct page.other"] == "void *mapping, *other"
    assert found["struct page.units"] == found["struct page.rest"]
    assert found["struct page.release"].startswith("void (*release)")
    assert not any("inner" in name or "comment" in name for name in found)


def test_a_member_says_under_which_option_it_is_there() -> None:
    found = members(HEADER)
    assert found["struct page.memcg_data"] == "unsigned long memcg_data #if CONFIG_MEMCG"
    assert found["struct page.none"] == "char none[4] #if !(CONFIG_MEMCG)"
    assert found["struct page._mapcount"] == "atomic_t _mapcount"


def test_constants_that_say_their_value() -> None:
    found = members(HEADER)
    assert (found["FOLL_WRITE"], found["FOLL_PIN"]) == ("1 << 0", "BIT(19)")
    assert "FOLL_LAST" not in found


def test_definitions_of_some_names() -> None:
    found = defined(HEADER, {"page_count", "page_mapped", "_mapcount"})
    assert found["page_count"].endswith("return page->_count + local.inner; }")
    assert found["page_mapped"] == "(page) ((page)->_mapcount)"
    assert found["struct page._mapcount"] == "atomic_t _mapcount"
    assert len(found) == 3


KCONFIG = b"""
menu "Memory"

config KSM
	bool "Enable KSM"
	depends on MMU
	help
		Words that say much,

		config MORE of them.
	select XXHASH

if MMU
menuconfig SWAP
	bool "Swapping"
	default y
endif

config LAST
	def_bool y
endmenu
"""


def test_options_without_help_and_prompts() -> None:
    assert is_options("mm/Kconfig") and is_options("arch/x86/Kconfig.cpu")
    assert not is_options("mm/ksm.c")
    assert options(KCONFIG) == {
        "config KSM": "bool; depends on MMU; select XXHASH",
        "config SWAP": "if MMU; bool; default y",
        "config LAST": "def_bool y",
    }


def test_what_cannot_be_read_declares_nothing() -> None:
    for text in (
        b"",
        b"}}}{;;",
        b"struct {",
        b"#if\n#endif\n#endif\n#else",
        b"\xff\xfe\0",
        b"help",
    ):
        assert not members(text) and not options(text) and not defined(text, {"page_count"})
