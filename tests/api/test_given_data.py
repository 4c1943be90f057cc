"""Arrays, frames and datasets as the data of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

from ganlab.api.given_data import data_choice
from ganlab.data import load
from ganlab.errors import InputError

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=200)
VECTORS = RNG.normal(size=(200, 3)).astype(np.float32)
IMAGES = RNG.integers(0, 256, (40, 3, 16, 16), dtype=np.uint8)


class Items(Dataset):
    """A dataset of a list."""

    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


def loaded(data, folder):
    choice, _ = data_choice(data, folder)
    return load(choice["name"], {key: value for key, value in choice.items() if key != "name"}, "data")


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (NUMBERS, (1,)),
        (NUMBERS.tolist(), (1,)),
        (NUMBERS[:, None], (1,)),
        (torch.from_numpy(NUMBERS), (1,)),
        (pd.Series(NUMBERS), (1,)),
        (VECTORS, (3,)),
        (torch.from_numpy(VECTORS).requires_grad_(), (3,)),
        (TensorDataset(torch.from_numpy(VECTORS), torch.zeros(200)), (3,)),
        (IMAGES, (3, 16, 16)),
        (IMAGES.transpose(0, 2, 3, 1), (3, 16, 16)),
        (IMAGES[:, 0], (1, 16, 16)),
        (TensorDataset(torch.from_numpy(IMAGES) / 255), (3, 16, 16)),
        (torch.from_numpy(VECTORS).bfloat16(), (3,)),
        (list(torch.from_numpy(VECTORS).bfloat16().requires_grad_()), (3,)),
        (np.ma.masked_greater(VECTORS, 1e9), (3,)),
        (Items(VECTORS.tolist()), (3,)),
        (Items(map(tuple, VECTORS.tolist())), (3,)),
        (Items(VECTORS[:, :2].tolist()), (2,)),
        (Items([torch.tensor(x), torch.tensor(y)] for x, y in VECTORS[:, :2]), (2,)),
        (Items([vector, 0] for vector in VECTORS), (3,)),
        (Items((x, 0) for x in NUMBERS.tolist()), (1,)),
    ],
)
def test_samples_of_any_shape_are_learnt(tmp_path, data, shape):
    assert loaded(data, tmp_path / "data").sample_shape == shape


def test_the_values_are_those_given(tmp_path):
    reference = loaded(NUMBERS, tmp_path).reference
    assert sorted([*reference.training, *reference.held_out]) == sorted(NUMBERS)


def test_pixels_that_were_divided_by_255_are_the_same_pixels(tmp_path):
    first, second = (
        data_choice(TensorDataset(images), tmp_path)[0]
        for images in (torch.from_numpy(IMAGES), torch.from_numpy(IMAGES) / 255)
    )
    assert first == second


def test_a_frame_is_a_table_whose_texts_are_categories(tmp_path):
    frame = pd.DataFrame({"height": NUMBERS, "kind": np.where(NUMBERS > 0, "tall", "small"), 7: NUMBERS**2})
    choice, _ = data_choice(frame, tmp_path)
    assert (choice["columns"], choice["categorical"]) == (["height", "kind", "7"], ["kind"])
    assert loaded(frame, tmp_path).sample_shape == (4,)


def test_equal_content_is_one_file_and_other_content_another(tmp_path):
    first, second, third = (data_choice(data, tmp_path)[0]["path"] for data in (NUMBERS, NUMBERS.copy(), -NUMBERS))
    assert first == second != third
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.array(["a", "b"]), r"the data are <U1; give an array of numbers"),
        (np.zeros((2, 3, 4, 5, 6)), r"have the shape \[2, 3, 4, 5, 6\]; give numbers \[n\]"),
        (np.float64(3), r"have the shape \[\]"),
        (IMAGES / 255, r"the images are float64; give 8-bit integers"),
        (TensorDataset(torch.randn(9, 1, 16, 16)), r"floats that are no 8-bit pixels divided by 255"),
        (object(), r"the data are object"),
        (np.ma.masked_greater(NUMBERS, 0), r"^values of the data are masked; leave their samples out, or fill them$"),
        ([np.ma.masked_greater(row, 0) for row in VECTORS], r"^values of the data are masked"),
        (Items(np.ma.masked_greater(VECTORS, 0)), r"^values of the data are masked"),
        ([[1, 2], [3]], r"^the samples have several shapes; give samples of one shape$"),
        (Items([[1, 2], [3]]), r"^the samples of the dataset have 2 shapes"),
        (Items([]), r"^the dataset is empty; give one that has samples$"),
        (torch.eye(3).to_sparse(), r"^the data are a tensor of torch.float32 and torch.sparse_coo on cpu, which NumPy"),
        (torch.eye(3, device="meta"), r"on meta, which NumPy cannot read; give a dense one of plain numbers$"),
    ],
)
def test_what_is_no_data_is_refused(tmp_path, data, message):
    with pytest.raises(InputError, match=message):
        data_choice(data, tmp_path)


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2020", periods=200),
        pd.date_range("2020", periods=200, tz="UTC"),
        pd.to_timedelta(np.arange(200), unit="s"),
        pd.period_range("2020", periods=200),
        pd.Series(pd.date_range("2020", periods=200).date, dtype=object),
    ],
)
def test_times_in_a_frame_are_refused(tmp_path, times):
    frame = pd.DataFrame({"height": NUMBERS, "begin": times})
    with pytest.raises(
        InputError, match=r"^the column 'begin' holds times; give numbers, such as days since the first"
    ):
        data_choice(frame, tmp_path)


@pytest.mark.parametrize("label", [lambda i: np.array([i]), lambda i: torch.tensor([i]), np.uint8, int])
def test_a_label_may_be_an_array_of_one_number(tmp_path, label):
    data = loaded(Items((image, label(i % 4)) for i, image in enumerate(IMAGES)), tmp_path)
    assert torch.equal(data.reference.labels.long(), torch.arange(40) % 4)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (1.0, r"^a label of the dataset is 1.0; give one whole number an image, or images without labels$"),
        (torch.tensor(True), r"^a label of the dataset is tensor\(True\); give one whole number"),
        (None, r"^a label of the dataset is empty; give one whole number"),
        ([1, 2], r"^a label of the dataset is \[1, 2\]; give one whole number"),
        ([[1, 2], [3]], r"^a label of the dataset is \[\[1, 2\], \[3\]\]; give one whole number"),
        (np.ma.masked, r"^a label of the dataset is masked; give one whole number"),
    ],
)
def test_what_is_no_label_of_an_image_is_refused(tmp_path, label, message):
    with pytest.raises(InputError, match=message):
        data_choice(Items((image, label) for image in IMAGES), tmp_path)


@pytest.mark.parametrize(("items", "parts"), [([(IMAGES[0], 1, 2)], "3"), ([(IMAGES[0], 1), IMAGES[1]], "1 or 2")])
def test_images_with_more_than_a_label_or_with_labels_of_some_are_refused(tmp_path, items, parts):
    with pytest.raises(InputError, match=rf"^the items of the dataset have {parts} parts; give images alone, or pairs"):
        data_choice(Items(items), tmp_path)


def test_labels_of_images_are_classes(tmp_path):
    labels = torch.arange(40) % 4
    data = loaded(TensorDataset(torch.from_numpy(IMAGES), labels), tmp_path)
    assert data.form.classes == 4
    assert torch.equal(data.reference.labels, labels)
    assert torch.equal(data.reference.images, torch.from_numpy(IMAGES))


def test_labelled_images_given_again_are_the_same_file(tmp_path):
    dataset = TensorDataset(torch.from_numpy(IMAGES), torch.arange(40) % 4)
    assert data_choice(dataset, tmp_path) == data_choice(dataset, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
