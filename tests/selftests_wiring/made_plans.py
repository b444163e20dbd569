"""Plans that nobody chose: every piece has its part, and every kind of thing is covered."""

from collections.abc import Iterator
from dataclasses import replace

from kanalyze.resources import templates_dir
from kanalyze.selftests.cases import Case, Covered, Plan, ProgramName, Race
from kanalyze.selftests.pieces import Pieces, read_pieces
from kanalyze.selftests.recipes import Cookbook, Recipe, RuleName
from kanalyze.semantics.words import words

PROGRAMS: dict[RuleName, ProgramName] = {
    "r1": "cow_rules_reuse",
    "r2": "cow_rules_copies",
    "r3": "cow_rules_pins",
}
REUSE = Covered(
    id="wp_can_reuse_anon_folio:1",
    kind="decision",
    function="wp_can_reuse_anon_folio",
    file="mm/memory.c",
    predicate="folio_test_ksm(folio) || folio_ref_count(folio) > 3",
    commit='6c287605fd56 ("mm: remember exclusively mapped anonymous pages")',
    trigger="write-fault",
    size="small",
)
ARM = replace(
    REUSE,
    id="copy_present_ptes:1",
    kind="arm",
    function="copy_present_ptes",
    predicate="wrprotect_ptes(src_mm, addr, src_pte, nr)",
    commit="",
)
SECTION = replace(
    REUSE,
    id="gup_fast:1",
    kind="section",
    function="gup_fast",
    file="mm/gup.c",
    predicate="read_seqcount_retry(&current->mm->write_protect_seq, seq)",
)
#: What a tree could say that wants to be more than a comment.
HOSTILE = replace(
    REUSE,
    id="hostile:1",
    function="evil",
    file="mm/evil.c",
    predicate='x */ int evil; /* \x1b[31m\u202e ??/ // {{ prefix }} {% endif %} "\\ '
    + "very long " * 100,
    commit='0123456789ab ("*/\n#error subject")',
)


def pieces() -> Pieces:
    return read_pieces(templates_dir() / "selftests")


def made_plan(*, hostile: bool = False) -> Plan:
    """Return a plan with each piece in one case at least, by rule."""
    found = pieces()
    covers = (REUSE, ARM, SECTION, *([HOSTILE] if hostile else []))
    cases = [
        Case(
            recipe=recipe,
            program=_program(recipe),
            state=words(recipe.state, recipe.trigger),
            covers=covers,
            xfail="known: a page in a pipe" if recipe.other.name == "child_vmsplice_unmap" else "",
        )
        for recipe in _recipes(found)
    ]
    races = [
        Race(race=race, memory=found[f"memory/{memory}"], covers=covers)
        for race in found.of("race")
        for memory in race.memory
    ]
    cases.sort(key=lambda case: case.program)
    return Plan(
        describe="v1.2",
        commit="0" * 40,
        range="",
        cases=tuple(cases),
        races=tuple(races),
        uncovered=(),
    )


def _program(recipe: Recipe) -> ProgramName:
    forced = recipe.access.name in ("foll_force", "ptrace_poke")
    return "cow_rules_force" if forced else PROGRAMS[recipe.rule]


def _recipes(found: Pieces) -> Iterator[Recipe]:
    """Yield the first recipe with each piece, for each program that it is in."""
    seen: set[tuple[str, str]] = set()
    for recipe in Cookbook(found).recipes():
        new = {(_program(recipe), piece.path) for piece in recipe.pieces} - seen
        if new:
            seen |= new
            yield recipe
