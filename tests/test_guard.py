"""PyPI's other `autograd` beside ours: the real wheels, put by the real pip into throwaway environments."""

import json
import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
CURE = "Run `pip uninstall -y autograd scalar-autograd`, then `pip install {}`."


@pytest.fixture(scope="session")
def ours(distributions: Path) -> Path:
    (wheel,) = distributions.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("theirs")
    download = [*PIP, "download", "--no-deps", "--retries=1", f"--dest={folder}", "autograd==1.9.1"]
    run = subprocess.run(download, capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"pip cannot download PyPI's other autograd: {run.stderr.splitlines()[-1]}")
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    venv.create(tmp_path, symlinks=True)
    return tmp_path


@pytest.fixture(params=["ours first", "theirs first"])
def shared(request: pytest.FixtureRequest, environment: Path, ours: Path, theirs: Path) -> Path:
    """An environment into which both were installed, one after the other."""
    for wheel in (ours, theirs) if request.param == "ours first" else (theirs, ours):
        pip(environment, "install", "--no-deps", wheel)
    return environment


def pip(environment: Path, *arguments: str | Path) -> None:
    subprocess.run([*PIP, "--python", environment, *arguments], check=True)


def complaint(environment: Path, statement: str) -> str:
    """The last line that the environment's Python writes on stderr, "" when the statement succeeds."""
    command = [f"{environment}/bin/python", "-I", "-c", statement]
    return subprocess.run(command, capture_output=True, text=True).stderr.strip().rpartition("\n")[2]


def not_ours(found: Path, ours: Path) -> str:
    return (
        "ImportError: nn needs scalar-autograd, but `import autograd` finds another package, or the rest of "
        f"one, in {found}. {CURE.format(ours.as_uri())}"
    )


def site_packages(environment: Path) -> Path:
    (folder,) = environment.glob("lib/python*/site-packages")
    return folder


def test_where_ours_is_alone_it_imports_without_any_of_its_dependencies(environment: Path, ours: Path) -> None:
    pip(environment, "install", "--no-deps", ours)
    assert complaint(environment, "import autograd, nn") == ""


def test_where_both_share_a_folder_each_import_refuses(shared: Path, ours: Path) -> None:
    refusal = (
        f"ImportError: {site_packages(shared)}/autograd holds the files of two distributions, "
        f"scalar-autograd and PyPI's other `autograd`, which cannot share it. {CURE.format(ours.as_uri())}"
    )
    assert complaint(shared, "import autograd") == refusal
    assert complaint(shared, "import nn") == refusal


def test_where_both_shared_a_folder_the_cure_works(shared: Path) -> None:
    commands = re.findall("`pip (.*?)`", complaint(shared, "import autograd"))
    assert len(commands) == 2
    for command in commands:
        pip(shared, *command.split(), *["--no-deps"] * command.startswith("install"))
    assert complaint(shared, "import autograd, nn") == ""


FOLDER = Path(__file__).parents[1] / "notebooks"
README = re.findall("^%pip (.*)$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
TOPS = [json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"] for path in FOLDER.glob("*.ipynb")]
NOTEBOOKS = [re.findall("`!pip (.*); pip (.*)`", "".join(top)) for top in TOPS]


def test_every_notebook_says_the_same_for_colab() -> None:
    assert len(NOTEBOOKS) == 8
    assert all(commands == NOTEBOOKS[0] for commands in NOTEBOOKS)
    assert [len(commands) for commands in (README, *NOTEBOOKS[0])] == [2, 2]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("commands", [README, *NOTEBOOKS[0]], ids=["README", "notebooks"])
def test_the_first_cell_for_colab_works_where_the_other_one_is(
    commands: Sequence[str], both: bool, environment: Path, ours: Path, theirs: Path
) -> None:
    for wheel in [*[ours] * both, theirs]:
        pip(environment, "install", "--no-deps", wheel)
    for command in commands:
        here = re.sub(r"\{WHEEL\}|scalar_autograd\*\.whl", str(ours), command)
        pip(environment, *here.split(), *["--no-deps"] * command.startswith("install"))
    assert complaint(environment, "import autograd, nn; len(nn.datasets.titanic()) == 1309 or 1 / 0") == ""


def test_where_the_other_one_was_uninstalled_and_took_our_init_along_nn_refuses(shared: Path, ours: Path) -> None:
    pip(shared, "uninstall", "--yes", "autograd")
    assert complaint(shared, "import nn") == not_ours(site_packages(shared) / "autograd", ours)


@pytest.mark.parametrize(("file", "found"), [("autograd/__init__.py", "autograd"), ("autograd.py", "autograd.py")])
def test_where_another_autograd_stands_earlier_on_the_path_nn_refuses(
    environment: Path, ours: Path, file: str, found: str
) -> None:
    pip(environment, "install", "--no-deps", ours)
    another = environment / "earlier" / file
    another.parent.mkdir(parents=True)
    another.touch()
    path = f"import sys; sys.path.insert(0, {str(environment / 'earlier')!r})"
    assert complaint(environment, f"{path}; import nn") == not_ours(environment / "earlier" / found, ours)


def test_the_two_wheels_have_no_file_in_common_but_init(ours: Path, theirs: Path) -> None:
    with ZipFile(ours) as our_files, ZipFile(theirs) as their_files:
        assert {*our_files.namelist()} & {*their_files.namelist()} == {"autograd/__init__.py"}
