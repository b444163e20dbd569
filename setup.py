"""Build step that pyproject.toml cannot express: files from the top go into the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_TOP = Path(__file__).resolve().parent


class BuildWithData(build_py):
    """``build_py`` which also copies config.toml and templates/ to ``kanalyze/data/``.

    An editable install reads them from the top of the checkout, so nothing is
    copied there: a copy would hide later edits.
    """

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source, target in self._data():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs = list(super().get_outputs(include_bytecode))
        if not self.editable_mode:
            outputs += [str(target) for _, target in self._data()]
        return outputs

    def _data(self) -> list[tuple[Path, Path]]:
        """Return (source, target) of every file that goes along."""
        data = Path(self.build_lib) / "kanalyze" / "data"
        templates = (p for p in (_TOP / "templates").rglob("*") if p.is_file())
        sources = [_TOP / "config.toml", *sorted(templates)]
        return [(source, data / source.relative_to(_TOP)) for source in sources]


setup(cmdclass={"build_py": BuildWithData})
