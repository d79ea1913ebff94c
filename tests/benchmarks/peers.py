"""The contenders: each in an environment and a process of its own, which it keeps while all take turns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["PEERS", "Contender", "Peer"]

FOLDER = Path(__file__).parent / "contenders"
ENVIRONMENTS = Path(__file__).parents[2] / ".venv" / "peers"


class Peer(NamedTuple):
    """How a contender is started: its script and the script's arguments, and what its environment has."""

    name: str
    command: Sequence[str]
    requirements: Sequence[str] = ()  # none: the environment that the benchmark runs in


PEERS = [
    Peer("by hand", ["hand.py"]),
    Peer("compiled", ["ours.py"]),
    Peer("llvm", ["ours.py", "llvm"]),
    Peer("eager", ["eager.py"]),
    Peer("micrograd", ["micrograd_.py"], ["micrograd==0.1.0"]),
    Peer("HIPS autograd", ["hips.py"], ["autograd==1.9.1"]),
    Peer("jax.jit", ["jax_.py"], ["jax==0.10.2"]),
    Peer("torch", ["torch_.py"], ["torch==2.13.0", "numpy>=2.0"]),
    Peer("torch.compile", ["torch_.py", "compile"], ["torch==2.13.0", "numpy>=2.0"]),
]


class Contender:
    """A peer, started: it is asked for steps of its `jobs`."""

    def __init__(self, peer: Peer) -> None:
        self.name = peer.name
        script, *arguments = peer.command
        command = [python(peer), str(FOLDER / script), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.jobs: list[str] = self.read()

    def read(self) -> Any:
        assert self.process.stdout is not None  # it is a pipe
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"The process of {self.name} ended: see above.")
        return json.loads(line)

    def ask(self, job: str, repeats: int) -> Any:
        """The seconds that one step took, of so many; of none, the result of one."""
        assert self.process.stdin is not None  # it is a pipe
        print(json.dumps([job, repeats]), file=self.process.stdin, flush=True)
        return self.read()

    def __enter__(self) -> Contender:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()  # closes its input, at which it ends


def python(peer: Peer) -> str:
    """The Python of a peer's environment, which is made where there is none with these requirements."""
    if not peer.requirements:
        return sys.executable
    folder = ENVIRONMENTS / Path(peer.command[0]).stem
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    made, wanted = folder / "requirements.txt", "\n".join(peer.requirements)
    if not made.exists() or made.read_text() != wanted:
        print(f"Installing {' '.join(peer.requirements)} for {peer.name} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", *peer.requirements], check=True)
        made.write_text(wanted)
    return str(interpreter)
