"""scikit-learn's own tests of its perceptrons, of ours: `python -m tests.benchmarks.estimators`, about a minute.

They are the tests of the installed version, adapted by their import alone.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from sklearn.neural_network import tests

# Of scikit-learn 1.9, and why.
OTHERS = {
    "test_nonfinite_params": "L-BFGS, our default, ends where Adam runs into what is not finite",
    "test_partial_fit_regression": "our default is 8 hidden units, theirs 100: R² 0.46 after so few steps",
    "test_mlp_regressor_dtypes_casting": "L-BFGS, our default, goes on until single precision shows",
}
IMPORT = "from {0} import MLPClassifier, MLPRegressor"
SEED = "import pytest\n\n\n@pytest.fixture\ndef global_random_seed():\n    return 42\n"


def main() -> None:
    """Run them and print which fail, and why."""
    text = (Path(tests.__file__).parent / "test_mlp.py").read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(SEED)
        (folder / "test_mlp.py").write_text(
            text.replace(IMPORT.format("sklearn.neural_network"), IMPORT.format("nn.sklearn")), "utf-8"
        )
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith("FAILED"):
            test = line.split("::")[1].split(" ")[0].split("[")[0]
            print(f"{test}: {OTHERS.get(test, 'NEW')}")
    print(lines[-1])


if __name__ == "__main__":
    main()
