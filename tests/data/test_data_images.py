import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.fx.experimental.proxy_tensor import make_fx

import ganlab.data as data_room
from ganlab.data import DATA
from ganlab.data.images import ImageSet, Split, fingerprint
from ganlab.data.units import to_float, to_uint8
from ganlab.errors import InputError
from ganlab.options import parse

IMAGES = torch.arange(5 * 3 * 2 * 4, dtype=torch.uint8).view(5, 3, 2, 4)
LABELS = torch.tensor([0, 1, 2, 0, 1])


def split(images=IMAGES, labels=LABELS, name="the 5 images of a test"):
    return Split(name=name, images=images, labels=labels)


def image_set(flips=False):
    own = split()
    return ImageSet(own, own, classes=3, flips=flips)


def test_all_256_levels_survive_the_way_to_the_networks_and_back():
    levels = torch.arange(256, dtype=torch.uint8)
    seen = to_float(levels)
    assert seen.dtype == torch.float32
    assert (seen.min(), seen.max()) == (-1, 1)
    assert torch.equal(to_uint8(seen), levels)


@given(st.floats(-3, 3, width=32))
def test_samples_become_the_nearest_level_and_stay_in_range(sample):
    level = int(to_uint8(torch.tensor(sample)))
    exact = np.clip((float(sample) + 1) * 127.5, 0, 255)
    assert abs(level - exact) <= 0.5 + 1e-4


def test_indices_are_decoded_to_images_and_their_labels():
    data = image_set()
    samples, labels = data.transform(torch.tensor([3, 0, 3]), data.storage)
    assert torch.equal(data.to_data_units(samples), IMAGES[[3, 0, 3]])
    assert labels.tolist() == [0, 0, 0]
    assert data.sample_shape == (3, 2, 4)
    assert samples.dtype == torch.float32


def test_the_upper_half_of_the_indices_is_mirrored_left_to_right_and_keeps_its_labels():
    data = image_set(flips=True)
    samples, labels = data.transform(torch.tensor([1, 6]), data.storage)
    straight, mirrored = data.to_data_units(samples)
    assert torch.equal(straight, IMAGES[1])
    assert torch.equal(mirrored, torch.from_numpy(IMAGES[1].numpy()[..., ::-1].copy()))
    assert labels.tolist() == [1, 1]


@pytest.mark.parametrize(("flips", "choices"), [(False, 5), (True, 10)])
def test_every_image_and_mirror_image_is_drawn_equally_often(flips, choices):
    data = image_set(flips)
    drawn = data.draw(torch.Generator().manual_seed(0), 20_000)
    assert (drawn.dtype, drawn.shape) == (data.entry_dtype, (20_000, *data.entry_shape))
    shares = torch.bincount(drawn, minlength=choices) / len(drawn)
    assert len(shares) == choices
    torch.testing.assert_close(shares, torch.full((choices,), 1 / choices), atol=0.015, rtol=0)


def test_draws_depend_on_the_generator_alone():
    one, other = (image_set().draw(torch.Generator().manual_seed(7), 50) for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize("flips", [False, True])
def test_decoding_can_be_vectorised_over_members_and_traced(flips):
    data = image_set(flips)

    def members(drawn, tables):
        return torch.func.vmap(data.transform, in_dims=(0, None))(drawn, tables)

    traced = make_fx(members)(torch.zeros(4, 6, dtype=torch.int64), data.storage)
    drawn = data.draw(torch.Generator().manual_seed(0), 24).view(4, 6)
    samples, labels = traced(drawn, data.storage)
    for member in range(4):
        alone = data.transform(drawn[member], data.storage)
        assert torch.equal(samples[member], alone[0])
        assert torch.equal(labels[member], alone[1])


def test_a_set_without_labels_has_no_classes():
    own = split(labels=None)
    data = ImageSet(own, own)
    assert data.classes == 0
    assert data.transform(torch.tensor([0]), data.storage)[1] is None
    assert data.reference.labels is None


def test_the_reference_is_the_split_that_is_given():
    test = split(IMAGES[:2], LABELS[:2], "the 2 test images of a test")
    data = ImageSet(split(), test, classes=3)
    assert data.reference.name == "the 2 test images of a test"
    assert torch.equal(data.reference.images, IMAGES[:2])
    assert torch.equal(data.storage[0], IMAGES)


def test_other_real_images_are_those_of_the_split_that_is_not_the_reference():
    training, test = split(), split(IMAGES[:2], LABELS[:2], "the 2 test images of a test")
    against_training = ImageSet(training, training, test=lambda: test, classes=3).reference.others()
    against_test = ImageSet(training, test, test=lambda: test, classes=3).reference.others()
    assert (against_training.name, len(against_training.images)) == ("the 2 test images of a test", 2)
    assert torch.equal(against_test.images, IMAGES)
    assert ImageSet(training, training, classes=3).reference.others is None


def test_the_fingerprint_follows_pixels_labels_and_the_reference():
    def of(images=IMAGES, labels=LABELS, reference=None):
        training = split(images, labels)
        return ImageSet(training, reference or training, classes=3).fingerprint

    other = IMAGES.clone()
    other[4, 2, 1, 3] += 1
    assert of() == of(IMAGES.clone())
    assert of() != of(images=other)
    assert of() != of(labels=LABELS.flip(0))
    assert of() != of(reference=split(other))


def test_the_fingerprint_tells_shapes_apart_and_not_layouts():
    assert fingerprint(IMAGES) != fingerprint(IMAGES.view(5, 3, 4, 2))
    assert fingerprint(IMAGES) == fingerprint(IMAGES.contiguous(memory_format=torch.channels_last))


@pytest.mark.parametrize(
    ("images", "labels", "fault"),
    [
        (IMAGES, LABELS[:4], r"^the 5 images of a test have 4 labels; each image needs one$"),
        (IMAGES, LABELS + 1, r"^the 5 images of a test have labels from 1 to 3; they must lie in 0 to 2$"),
        (IMAGES, LABELS - 1, r"^the 5 images of a test have labels from -1 to 1; they must lie in 0 to 2$"),
        (IMAGES, None, r"^the 5 images of a test have no labels, but there are 3 classes$"),
        (IMAGES[:0], LABELS[:0], r"^the 5 images of a test are none at all"),
    ],
)
def test_labels_that_do_not_fit_their_images_are_refused(images, labels, fault):
    own = split(images, labels)
    with pytest.raises(InputError, match=fault):
        ImageSet(own, own, classes=3)


def test_a_reference_of_another_shape_is_refused():
    with pytest.raises(
        InputError, match=r"^the .*, of shape 3x2x4, and .*, of shape 1x2x4, are not alike; give 'size'"
    ):
        ImageSet(split(), split(IMAGES[:, :1]), classes=3)


@pytest.mark.parametrize("name", ["digits", "mnist", "celeba", "image-folder"])
def test_a_size_that_would_fill_the_memory_is_refused(name):
    options = DATA[name].options
    needed = {"path": "x"} if name == "image-folder" else {}
    assert parse(options, {**needed, "size": 1024}, "test").size == 1024
    with pytest.raises(InputError, match=r"^test: 'size' is 1025: input should be less than or equal to 1024$"):
        parse(options, {**needed, "size": 1025}, "test")


@pytest.mark.parametrize("file", sorted(Path(data_room.__file__).parent.glob("*.py")), ids=lambda file: file.name)
def test_slow_libraries_are_imported_only_where_they_are_used(file):
    at_once = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or alias.name for node in at_once for alias in node.names}
    assert not {"torchvision", "sklearn", "pyarrow"} & {name.split(".")[0] for name in names}


def found(count, names=(), shape=(3, 2, 4), reference=None):
    """What is said of `count` classes, of which the first has two images more than the others."""
    labels = torch.cat([torch.arange(count), torch.zeros(2, dtype=torch.int64)])
    images = torch.zeros(len(labels), *shape, dtype=torch.uint8)
    own = Split(name="the images of a test", images=images, labels=labels, class_names=names)
    return ImageSet(own, reference or own, classes=count).found


def test_what_was_found_is_one_line_on_size_channels_and_classes():
    assert found(2) == "the images of a test, 4x2 RGB, 2 classes: 0 (3), 1 (1)"
    assert found(2, ("cat", "dog")) == "the images of a test, 4x2 RGB, 2 classes: cat (3), dog (1)"
    assert found(2, shape=(1, 2, 4)) == "the images of a test, 4x2 grey, 2 classes: 0 (3), 1 (1)"
    others = split(IMAGES[:2], LABELS[:2], name="the 2 others")
    assert found(2, reference=others).endswith("; compared with the 2 others")
    unlabelled = split(labels=None)
    assert ImageSet(unlabelled, unlabelled).found == "the 5 images of a test, 4x2 RGB"


def test_many_classes_are_told_by_their_first():
    names = tuple(f"class {index}" for index in range(12))
    assert found(12) == "the images of a test, 4x2 RGB, 12 classes of 1 to 3 images"
    assert found(12, names) == (
        "the images of a test, 4x2 RGB, 12 classes of 1 to 3 images: "
        "class 0, class 1, class 2, class 3, class 4, class 5, class 6, class 7, class 8, class 9 and 2 more"
    )


def test_names_of_classes_are_a_part_of_the_form_but_not_of_the_identity():
    named = Split(name="a", images=IMAGES, labels=LABELS, class_names=("cat", "dog", "emu"))
    data = ImageSet(named, named, classes=3)
    assert data.form.record()["class_names"] == ["cat", "dog", "emu"]
    assert data.fingerprint == image_set().fingerprint
    assert "class_names" not in image_set().form.record()
