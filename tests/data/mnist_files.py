"""Small files in the format of MNIST's."""

import struct

import numpy as np


def idx(array):
    """A uint8 array as the bytes of one of MNIST's files."""
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder, images, labels, test_images, test_labels):
    """Write images [n, 28, 28] and labels [n] of both splits, as torchvision finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte": test_images,
        "t10k-labels-idx1-ubyte": test_labels,
    }.items():
        (folder / name).write_bytes(idx(np.asarray(values, np.uint8)))
