"""Images: a file system of packages with the programs that the Dockerfile copies into it."""
import contextlib
import pathlib
import shutil
import tempfile

import dockerfile
import filesystem
from filesystem import BIN


def source_of(file):
    """The built file that the Dockerfile copies as /out/..."""
    if file == "/out/v8/":
        return [BIN.parent / "v8" / "libnode.so.108"]
    return [BIN / pathlib.Path(file).name]


@contextlib.contextmanager
def image(name):
    """The file system of a target with its programs; a copy, by hard links where nothing changes."""
    stages = dockerfile.stages()
    chain = [stages[name]]
    while chain[-1].parent != "base":
        chain.append(stages[chain[-1].parent])
    packages = next(stage.name for stage in chain if stage.packages)
    base = filesystem.of_stage(packages)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="overlock-image-", dir=filesystem.CACHE)) / "root"
    try:
        filesystem.run("cp", "-al", base, directory)
        for stage in chain:
            for file in stage.files:
                place = "lib" if file == "/out/v8/" else "bin"
                for source in source_of(file):
                    target = directory / "usr" / "local" / place / source.name
                    filesystem.run("strip", "-o", target, source)
                    target.chmod(0o755)
        # A file of its own, and not the one that all copies share.
        (directory / "etc" / "ld.so.cache").unlink()
        filesystem.run("chroot", directory, "ldconfig")
        yield directory
    finally:
        shutil.rmtree(directory.parent, ignore_errors=True)
