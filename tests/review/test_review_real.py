"""A wrong patch on a real kernel: built, booted, and shown by the case that fails."""

import os
import shutil
from pathlib import Path

import pytest
from made_machine import diff, reviewed

from kanalyze.report.review_evidence import lost, shown
from kanalyze.review.on_kernels import OnKernels

RIGHT = "folio_test_ksm(folio) || folio_ref_count(folio) != 1)"
FILE = "mm/memory.c"


@pytest.mark.slow
def test_a_wrong_patch_fails_a_case_that_passed(tmp_path: Path) -> None:
    given = os.environ.get("KANALYZE_KERNEL_SOURCE")
    if not given:
        pytest.skip("KANALYZE_KERNEL_SOURCE is not set: an unpacked kernel, built in minutes")
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("there is no qemu-system-x86_64")
    code = (Path(given) / FILE).read_text("utf-8", "surrogateescape")
    if code.count(RIGHT) != 1:
        pytest.skip(f"{given} decides otherwise")
    wrong = code.replace(RIGHT, RIGHT.replace("ref_count", "mapcount"))
    how = OnKernels(accelerator="tcg", logs=tmp_path / "logs")
    found = reviewed(Path(given), diff({FILE: (code, wrong)}), how, db=tmp_path / "facts.sqlite")
    finding = next(one for one in found.findings if one.effect == "breaks")
    assert finding.function == "do_wp_page"
    telling = shown(found, finding)
    assert telling and set(map(id, telling)) <= set(map(id, lost(found)))
    for one in telling:
        assert (one.before, one.config) == ("pass", "small")
        # The kernel checks for an exclusive page in the swap cache, and dies.
        assert one.after in ("fail", "kernel-panic")
        assert any(line.startswith("not ok") or "kernel BUG at" in line for line in one.lines)
        assert (tmp_path / one.log).is_file()
    passed = [one for one in found.evidence if one.before == one.after == "pass"]
    assert len(passed) > len(lost(found))
