"""Torchvision's own classes read small files that are written here in their formats.

Some of the classes check the sums of the real files, so the tests tell them those of the small ones.
"""

import errno
import gzip
import hashlib
import os
import pickle
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch
from mnist_files import write_mnist
from torchvision import datasets

from ganlab.data import load, torchvision_sets  # noqa: F401 (registers the sources)
from ganlab.errors import InputError

REAL_ROOT = Path(os.environ.get("GANLAB_DATA", "data")).absolute()
RNG = np.random.default_rng(0)


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "sets"
    folder.mkdir()
    monkeypatch.setenv("GANLAB_DATA", str(folder))
    monkeypatch.delenv("GANLAB_DOWNLOAD", raising=False)
    return folder


def noise(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def write_small_mnist(folder, labels=(3, 1, 4)):
    """Three training images and two test images; gives the training images."""
    images = noise(3, 28, 28)
    write_mnist(folder, images, labels, noise(2, 28, 28), [5, 9])
    return images


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_mnist_and_its_kin(root, name, folder):
    images = write_small_mnist(root / folder / "raw")
    data = load(name, {}, "test")
    assert data.sample_shape == (1, 28, 28)
    assert np.array_equal(data.storage[0][:, 0].numpy(), images)
    assert data.storage[1].tolist() == [3, 1, 4]
    assert data.reference.name == f"the 3 training images of {name}"
    assert (data.classes, data.reference.extractor) == (10, name)
    first = {"mnist": ("0", "1", "2"), "fashion-mnist": ("T-shirt/top", "Trouser", "Pullover")}
    assert data.class_names[:3] == first[name]
    assert data.found.startswith(f"the 3 training images of {name}, 28x28 grey, 10 classes: {first[name][0]} (0), ")


def test_the_test_split_as_reference(root):
    write_small_mnist(root / "MNIST" / "raw")
    data = load("mnist", {"reference": "test", "size": 32}, "test")
    assert data.reference.name == "the 2 test images of mnist, resized to 32x32"
    assert data.reference.labels.tolist() == [5, 9]
    assert data.reference.images.shape == (2, 1, 32, 32)
    assert data.sample_shape == (1, 32, 32)


@pytest.mark.parametrize(
    ("name", "kind", "label", "classes"),
    [("cifar10", datasets.CIFAR10, "labels", 10), ("cifar100", datasets.CIFAR100, "fine_labels", 100)],
)
def test_cifar(root, monkeypatch, name, kind, label, classes):
    folder = root / kind.base_folder
    folder.mkdir()
    pixels = noise(2, 3 * 32 * 32)

    def write(file, content):
        (folder / file).write_bytes(pickle.dumps(content))
        return [file, md5(folder / file)]

    names = {kind.meta["key"]: [f"kind {number}" for number in range(classes)]}
    monkeypatch.setattr(kind, "train_list", [write("train", {"data": pixels, label: [classes - 1, 0]})])
    monkeypatch.setattr(kind, "test_list", [write("test", {"data": pixels[:1], label: [1]})])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": write(kind.meta["filename"], names)[1]})
    data = load(name, {"reference": "test"}, "test")
    assert np.array_equal(data.storage[0].numpy(), pixels.reshape(2, 3, 32, 32))  # row by row, red first
    assert data.storage[1].tolist() == [classes - 1, 0]
    assert data.classes == classes
    assert data.class_names == tuple(f"kind {number}" for number in range(classes))
    assert data.reference.name == f"the 1 test images of {name}"


def test_svhn_calls_the_digit_0_by_its_own_name(root, monkeypatch):
    pixels = noise(32, 32, 3, 4)
    file = root / "train_32x32.mat"
    scipy.io.savemat(file, {"X": pixels, "y": np.array([[10], [1], [9], [10]], np.uint8)})
    monkeypatch.setitem(datasets.SVHN.split_list, "train", ["", file.name, md5(file)])
    data = load("svhn", {}, "test")
    assert np.array_equal(data.storage[0].numpy(), pixels.transpose(3, 2, 0, 1))
    assert data.storage[1].tolist() == [0, 1, 9, 0]
    assert data.class_names == tuple("0123456789")


def test_stl10_is_learnt_from_its_unlabelled_images(root, monkeypatch):
    folder = root / datasets.STL10.base_folder
    folder.mkdir()
    pixels = noise(2, 3, 96, 96)

    def write(file, content):
        (folder / file).write_bytes(content.tobytes())
        return [file, md5(folder / file)]

    labelled = noise(1, 3, 96, 96)
    columns_first = pixels.transpose(0, 1, 3, 2)
    train = [write("train_X.bin", labelled), write("train_y.bin", np.array([1], np.uint8))]
    monkeypatch.setattr(datasets.STL10, "train_list", [*train, write("unlabeled_X.bin", columns_first)])
    test = [write("test_X.bin", labelled), write("test_y.bin", np.array([2], np.uint8))]
    monkeypatch.setattr(datasets.STL10, "test_list", test)
    data = load("stl10", {"reference": "test"}, "test")
    assert np.array_equal(data.storage[0].numpy(), pixels)
    assert len(data.storage) == 1
    assert (data.classes, data.class_names, data.reference.labels) == (0, (), None)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mnist", "MNIST/raw"),
        ("cifar10", "cifar-10-batches-py"),
        ("svhn", "*_32x32.mat"),
        ("stl10", "stl10_binary"),
    ],
)
def test_a_set_that_is_not_there_says_where_it_was_looked_for_and_how_to_get_it(root, name, place):
    with pytest.raises(InputError) as error:
        load(name, {}, "test")
    assert str(error.value) == (
        f"'{root}' holds no whole {name}, which would be its '{place}'; add --download to fetch it, "
        "or give the folder that has it with --data-root"
    )


@pytest.mark.parametrize("download", ["0", "1"])
@pytest.mark.parametrize("kind", ["images-idx3", "labels-idx1"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:8],
        lambda raw: raw[:5],
        lambda raw: raw[:2],
        lambda raw: b"",
        lambda raw: b"<html>" + raw,
        lambda raw: raw[:2] + b"\x0b" + raw[3:],
    ],
)
def test_a_damaged_mnist(root, monkeypatch, damage, kind, download):
    monkeypatch.setenv("GANLAB_DOWNLOAD", download)
    write_small_mnist(root / "MNIST" / "raw")
    file = root / "MNIST" / "raw" / f"train-{kind}-ubyte"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError) as error:
        load("mnist", {}, "test")
    assert str(error.value) == (
        f"cannot read mnist at '{root}/MNIST/raw' (a file is damaged); remove it and fetch it anew with --download"
    )


def test_a_file_that_the_system_refuses_tells_why(root, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(datasets, "MNIST", refuse)
    with pytest.raises(InputError, match=rf"^cannot read mnist at '{root}/MNIST/raw' \(Permission denied\); remove it"):
        load("mnist", {}, "test")


def test_labels_that_are_too_few(root):
    write_small_mnist(root / "MNIST" / "raw", labels=(1, 2))
    with pytest.raises(InputError, match=r"^the 3 training images of mnist have 2 labels; each image needs one$"):
        load("mnist", {}, "test")


@pytest.fixture
def server(tmp_path):
    """A server on this machine, as ``(address, folder that it serves)``."""
    folder = tmp_path / "server"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/", folder
        serving.shutdown()
        thread.join()


def serve_mnist(monkeypatch, server):
    address, folder = server
    raw = folder.parent / "raw"
    write_small_mnist(raw)
    for file in raw.iterdir():
        (folder / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    sums = [(name, md5(folder / name)) for name, _ in datasets.MNIST.resources]
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [address])
    monkeypatch.setenv("GANLAB_DOWNLOAD", "1")


def test_an_absent_set_is_downloaded_if_that_is_allowed(root, monkeypatch, server):
    serve_mnist(monkeypatch, server)
    assert load("mnist", {}, "test").storage[1].tolist() == [3, 1, 4]
    monkeypatch.delenv("GANLAB_DOWNLOAD")
    assert load("mnist", {}, "test").storage[1].tolist() == [3, 1, 4]


def test_a_download_that_fails_is_one_sentence(root, monkeypatch, server):
    serve_mnist(monkeypatch, server)
    (server[1] / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(InputError, match=rf"^cannot fetch mnist to '{root}': .*File not found") as error:
        load("mnist", {}, "test")
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not (REAL_ROOT / "MNIST").is_dir(), reason="GANLAB_DATA names no folder that holds MNIST")
def test_the_real_mnist(monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(REAL_ROOT))
    data = load("mnist", {"reference": "test"}, "test")
    # The counts of the digits 0 to 9 in the two splits, as the data set's publications give them.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert torch.bincount(data.storage[1]).tolist() == counts
    assert torch.bincount(data.reference.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean that everyone normalises by.
    assert data.storage[0].double().mean() / 255 == pytest.approx(0.1307, abs=1e-4)
