"""Builds the extension by CMake when none is there, and puts it into the package.

TIDEMARK_EXTENSION names one that has been built already.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


def built_extension(scratch: Path) -> Path:
    if given := os.environ.get("TIDEMARK_EXTENSION"):
        return Path(given)
    parts = ("CLI", "TESTS", "BENCH", "EXAMPLES", "FUZZ")
    subprocess.run(["cmake", "-S", HERE.parent, "-B", scratch, "-DCMAKE_BUILD_TYPE=Release",
                    *(f"-DTIDEMARK_BUILD_{part}=OFF" for part in parts)], check=True)
    subprocess.run(["cmake", "--build", scratch, "--target", "tidemark_extension", "--parallel"],
                   check=True)
    return scratch / "extension" / "tidemark.so"


class BuildWithExtension(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        scratch = Path(self.get_finalized_command("build").build_temp) / "cmake"
        scratch.mkdir(parents=True, exist_ok=True)
        target = Path(self.build_lib) / "tidemark" / "tidemark.so"
        shutil.copyfile(built_extension(scratch.resolve()), target)


class BinaryDistribution(Distribution):
    """The wheel is for one kind of machine."""

    def has_ext_modules(self) -> bool:
        return True


def project_version() -> str:
    """The one version number, which stands in CMakeLists.txt."""
    found = re.search(r"(?m)^    VERSION ([0-9.]+)", (HERE.parent / "CMakeLists.txt").read_text("utf-8"))
    assert found
    return found[1]


setup(version=project_version(), cmdclass={"build_py": BuildWithExtension}, distclass=BinaryDistribution)
