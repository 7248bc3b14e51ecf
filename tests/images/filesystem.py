"""The images' file systems, made by debootstrap, and programs that run in them as in a pod."""
import hashlib
import os
import pathlib
import shlex
import shutil
import subprocess

import dockerfile

CACHE = dockerfile.REPOSITORY / ".cache" / "images"
BIN = pathlib.Path(os.environ.get("OVERLOCK_BIN", dockerfile.REPOSITORY / "build" / "release" / "bin"))
USER = "10001"
# As Kubernetes runs it under the restricted Pod Security Standard with a read-only root: process 1 of its own, an
# ordinary user, no capability, no new privileges; only volumes can be written.
ROOT_OF_A_POD = """
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
"""
PROCESS_OF_A_POD = f"""
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid={USER} --regid={USER} --clear-groups --no-new-privs --bounding-set=-all -- "$@"
"""
EMPTY_VOLUME = f'mount -t tmpfs -o mode=0700,uid={USER},gid={USER} tmpfs "$root/var/lib/overlock"'


def run(*argv, **options):
    done = subprocess.run([str(each) for each in argv], capture_output=True, text=True, check=False, timeout=600,
                          **options)
    if done.returncode != 0:
        last_words = (done.stdout + done.stderr)[-3000:]
        raise AssertionError(f"{' '.join(map(str, argv))[:200]} ended with {done.returncode}:\n{last_words}")
    return done.stdout


def _mirror():
    """The mirror that this machine's own packages come from."""
    sites = run("apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)", "Created-By: Packages").splitlines()
    return next(line.split()[0] for line in sites if line.split()[1:] == ["bookworm"])


def _made(name, key, make):
    """The directory of a file system that make(directory) fills; made once for each key."""
    directory, stamp = CACHE / name, CACHE / f"{name}.key"
    key = hashlib.sha256(key.encode()).hexdigest()
    if directory.is_dir() and stamp.exists() and stamp.read_text() == key:
        return directory
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(directory, ignore_errors=True)
    make(directory)
    stamp.write_text(key)
    return directory


def _install(directory, packages):
    run("chroot", directory, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    shutil.rmtree(directory / "var" / "cache" / "apt", ignore_errors=True)


def of_stage(name):
    """The file system of a stage, as far as packages go, without our programs."""
    stages = dockerfile.stages()
    stage = stages[name]
    if stage.parent == "base":
        base = _made("base", "bookworm minbase", lambda directory: run(
            "debootstrap", "--variant=minbase", "bookworm", directory, _mirror()))
        parent_key = ""
    else:
        base = of_stage(stage.parent)
        parent_key = (CACHE / f"{stage.parent}.key").read_text()

    def make(directory):
        run("cp", "-a", base, directory)
        _install(directory, stage.packages)
        (directory / "var" / "lib" / "overlock").mkdir(exist_ok=True)

    return _made(name, f"{parent_key} {' '.join(stage.packages)}", make)


def megabytes(directory, *without):
    """What a file system takes, as `du` counts, but for the parts that Debian's slim images leave out."""
    exclude = [f"--exclude={directory}/{part}" for part in without]
    return int(run("du", "-s", "-x", "--block-size=1000000", *exclude, directory).split()[0])


def argv_in(directory, *argv, volumes=None):
    """A command line that starts a program in the file system as in a pod. `volumes` maps places in the file system,
    which must exist, to directories; without any there is an empty one at /var/lib/overlock."""
    mounts = [f'mount --bind {shlex.quote(str(source))} "$root"{shlex.quote(place)}'
              for place, source in (volumes or {}).items()]
    script = "\n".join([ROOT_OF_A_POD, *(mounts or [EMPTY_VOLUME]), PROCESS_OF_A_POD])
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", str(directory),
            *map(str, argv)]
