"""Debian's own packages, where some were fetched."""

from pathlib import Path

import pytest

from kanalyze.lab import find_kernel
from kanalyze.lab.kernels_kept import KeptKernel, fetched_kernels
from kanalyze.lab.kernels_modules import FEATURES, modules_needed

KEPT = fetched_kernels()  # of the user, before tests get a home of their own


@pytest.mark.slow
@pytest.mark.skipif(not KEPT, reason="`kanalyze kernels fetch 6.12 --image` gets one")
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.release.name)
def test_a_fetched_kernel(kept: KeptKernel, private_home: Path) -> None:
    kernel = find_kernel(str(kept.path))
    assert kernel.image.is_relative_to(private_home)
    assert kernel.release == kept.release.name
    assert dict(kernel.options)["CONFIG_SWAP"] == "y"
    assert kernel.lacks == ()
    loaded: list[str] = []
    for module in kernel.modules:
        name = module.stem.replace("-", "_")
        here = {needed for needed in modules_needed(module) if needed in _names(kernel.modules)}
        assert here <= set(loaded), name
        loaded.append(name)
    options = dict(kernel.options)
    as_modules = {
        feature.module for feature in FEATURES.values() if options.get(feature.option) == "m"
    }
    assert as_modules - {"ext4"} <= set(loaded)


def _names(modules: tuple[Path, ...]) -> set[str]:
    return {module.stem.replace("-", "_") for module in modules}
