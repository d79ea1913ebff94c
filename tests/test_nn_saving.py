"""`save` and `load`: what is written, and that a file which is wrong in any way changes nothing."""

import os
import random
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from nn import MLP, ModelFileError, Module, StateDictError, load, save
from nn.saving import read


@pytest.fixture
def model() -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=random.Random(1))


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


def test_a_model_is_loaded_as_it_was_saved_to_the_last_bit(model: MLP, tmp_path: Path) -> None:
    save(model, tmp_path / "model", {"inputs": "male age", "größe": "ü"})
    other = MLP(2, [3, 1])
    assert load(other, str(tmp_path / "model")) == {"inputs": "male age", "größe": "ü"}
    assert numbers(other) == numbers(model)


def test_other_programs_read_the_file_and_write_such_files(model: MLP, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save(model, path)
    with safe_open(path, framework="numpy") as file:
        weight = file.get_tensor("layers.0.weight")
    assert (weight.shape, weight.dtype) == ((3, 2), np.float64)
    assert weight.tolist() == model.state_dict()["layers.0.weight"]
    save_file({name: np.array(x, np.float32) + 1 for name, x in model.state_dict().items()}, path)
    assert load(model, path) == {}
    assert numbers(model)[2] == 1.0


def test_an_older_file_is_replaced_and_nothing_else_is_left(model: MLP, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("older")
    save(model, path)
    assert os.listdir(tmp_path) == ["model"]
    assert set(read(path)[0]) == set(model.state_dict())


def test_threads_may_write_to_one_path_and_one_of_their_files_stands_there(model: MLP, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"

    def write(name: str) -> None:
        for _ in range(30):
            save(model, path, {"from": name})

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(write, name) for name in "abcd"]:
            done.result()
    assert load(model, path)["from"] in "abcd"
    assert [*tmp_path.iterdir()] == [path]


def test_through_a_link_the_file_is_written_that_it_leads_to(model: MLP, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    save(model, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert read(tmp_path / "file")


def test_a_pipe_is_written_into_and_stays_one(model: MLP, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    save(model, pipe)
    save(model, tmp_path / "file")
    assert reader.communicate(timeout=60)[0] == (tmp_path / "file").read_bytes()
    assert pipe.is_fifo()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_where_writing_fails_the_older_file_stays(
    error: type[BaseException], model: MLP, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise error(28, "No space left on device")

    path = tmp_path / "model"
    path.write_text("older")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(error, match=r"No space left on device(: '.*/model'|'\))$"):  # not the file beside it
        save(model, path)
    assert os.listdir(tmp_path) == ["model"]
    assert path.read_text() == "older"


def test_a_folder_that_is_not_there_is_an_os_error(model: MLP, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no such folder: '.*/nowhere'$"):
        save(model, tmp_path / "nowhere" / "model")
    with pytest.raises(FileNotFoundError):
        load(model, tmp_path / "nowhere")
    with pytest.raises(IsADirectoryError):
        load(model, tmp_path)
    with pytest.raises(IsADirectoryError):
        save(model, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"x,y\n1,2\n3,4\n", b"\xff" * 100, bytes(8)], ids=str)
def test_a_file_of_another_kind_is_refused_by_its_name(content: bytes, model: MLP, tmp_path: Path) -> None:
    before = numbers(model)
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model' is no file of safetensors, or not all of one: \S.*\.$"):
        load(model, tmp_path / "model")
    assert numbers(model) == before


def test_every_truncation_is_refused_and_leaves_the_model_as_it_was(model: MLP, tmp_path: Path) -> None:
    other = MLP(2, [3, 1], rng=random.Random(2))
    before = numbers(other)
    save(model, tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    for n in range(len(content)):
        (tmp_path / "part").write_bytes(content[:n])
        with pytest.raises(ModelFileError):
            load(other, tmp_path / "part")
    assert numbers(other) == before


def test_numbers_of_a_kind_that_numpy_has_not_are_refused(model: MLP, tmp_path: Path) -> None:
    header = b'{"b":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    (tmp_path / "model").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with pytest.raises(ModelFileError, match="model' holds numbers of the kind BF16"):
        load(model, tmp_path / "model")


def test_the_file_of_another_model_is_refused(model: MLP, tmp_path: Path) -> None:
    other = MLP(2, [4, 1])
    before = numbers(other)
    save(model, tmp_path / "model")
    with pytest.raises(StateDictError, match=r"'layers.0.weight' has shape \(4, 2\), got shape \(3, 2\)"):
        load(other, tmp_path / "model")
    assert numbers(other) == before
