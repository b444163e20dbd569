"""The user's configuration over the defaults, and errors that name file and key."""

from pathlib import Path

import pytest

from kanalyze.config import load, user_config_path
from kanalyze.errors import InputError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_the_defaults_are_complete() -> None:
    config = load()
    assert "mm/memory.c" in config.files.default
    assert config.rules.kinds["page_count"] == "evidence"
    assert config.rules.groups["page_count"] == "refcount"
    assert config.rules.operations["raw_write_seqcount_begin"] == "write-begin"


def test_no_derived_signal_is_named() -> None:
    """Helpers are found by analysis: naming one would hide that the analysis misses it."""
    found_by_analysis = {
        "can_share_swap_page",
        "reuse_swap_page",
        "page_needs_cow_for_dma",
        "folio_needs_cow_for_dma",
        "wp_can_reuse_anon_folio",
        "gup_must_unshare",
        "can_follow_write_common",
        "folio_try_dup_anon_rmap_pte",
        "folio_try_share_anon_rmap_pte",
        "is_cow_mapping",
    }
    assert not found_by_analysis & set(load().rules.kinds)


def test_a_list_replaces_and_a_table_is_merged(tmp_path: Path) -> None:
    path = write(tmp_path, '[files]\ndefault = ["mm/memory.c"]\n[vocabulary.evidence]\npin = []\n')
    config = load(path)
    assert config.files.default == ["mm/memory.c"]
    assert config.files.extensions == load().files.extensions
    assert "page_maybe_dma_pinned" not in config.rules.kinds
    assert "page_count" in config.rules.kinds


def test_a_new_group_of_names_is_the_users_to_make(tmp_path: Path) -> None:
    path = write(tmp_path, '[vocabulary.evidence]\nowners = ["page_owner_count"]\n')
    assert load(path).rules.groups["page_owner_count"] == "owners"


def test_other_rules_make_other_facts(tmp_path: Path) -> None:
    path = write(tmp_path, '[vocabulary.evidence]\npin = ["folio_has_pins"]\n')
    assert load(path).rules.hash != load().rules.hash


def test_the_users_file_is_found_and_the_option_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    user_config_path().parent.mkdir()
    user_config_path().write_text('[files]\nmax_bytes = 1000\nextensions = [".c"]\n')
    assert load().files.max_bytes == 1000
    config = load(write(tmp_path, "[files]\nmax_bytes = 2000\n"))
    assert (config.files.max_bytes, config.files.extensions) == (2000, [".c"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fils]\n", "unknown key 'fils' (did you mean 'files'?)"),
        ("[files]\ndefualt = []\n", "unknown key 'files.defualt' (did you mean 'default'?)"),
        ("files = 1\n", "key 'files' must be a table"),
        ('[files]\nmax_bytes = "many"\n', "key 'files.max_bytes': Expected `int`, got `str`"),
        ('[files]\ndefault = "mm/memory.c"\n', "key 'files.default': Expected `array`"),
        ("[vocabulary.evidence]\npin = [1]\n", "key 'vocabulary.evidence[...][0]': Expected `str`"),
        ('[parse]\nloops = ["("]\n', "key 'parse.loops': '(' is no regular expression"),
        ('[[locks]]\nname = "x"\nargument = "("\n', "key 'locks[1].argument': '(' is no regular"),
        ('[[locks]]\nname = "x"\ntake = []\n', "key 'locks[1].take': unknown"),
        ("locks = 1\n", "key 'locks': Expected `array`, got `int`"),
        ("[files\n", "not valid TOML"),
    ],
)
def test_an_error_names_the_file_and_the_key(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin1.toml").write_bytes(b'x = "\xe9"')
    with pytest.raises(InputError, match="not valid TOML"):
        load(tmp_path / "latin1.toml")
