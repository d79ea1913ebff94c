"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from errno import ENOENT
from pathlib import Path
from threading import get_ident

__all__ = ["write"]


def write(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write `content` to the file `path`, text in UTF-8: under another name first, which then takes its place.

    No reader ever sees half of it. Where it cannot be written, an older file is left as it was. A link is followed.
    What is no file, such as a pipe, is written into. Raises OSError, which names the file or the missing folder.
    """
    data = content.encode() if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(data)  # root could put a file in the place of /dev/null
        return
    if not target.parent.is_dir():
        raise FileNotFoundError(ENOENT, "There is no such folder", os.fspath(target.parent))
    beside = target.with_name(f".{target.name}.{os.getpid()}.{get_ident()}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException as error:
        with suppress(FileNotFoundError):
            beside.unlink()
        if isinstance(error, OSError):  # which speaks of the file beside
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise
