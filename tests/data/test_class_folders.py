import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data.class_folders import class_folders, natural_order, refuse_splits
from ganlab.errors import InputError

ROOT = Path("/root")


def below(*names):
    return [ROOT / name / "1.png" for name in names]


def test_numbers_in_names_are_ordered_as_numbers():
    assert natural_order(["10", "2", "0", "11", "1"]) == ["0", "1", "2", "10", "11"]
    assert natural_order(["a10b2", "a10b10", "a9", "b1", "a"]) == ["a", "a9", "a10b2", "a10b10", "b1"]


@given(st.lists(st.integers(0, 10**12), unique=True), st.sampled_from(["", "class ", "c_"]))
def test_numbered_names_are_in_the_order_of_their_numbers(numbers, before):
    names = [f"{before}{number}" for number in numbers]
    assert natural_order(names) == [f"{before}{number}" for number in sorted(numbers)]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="0123456789"))))
def test_names_without_numbers_keep_their_plain_order(names):
    assert natural_order(names) == sorted(names)


@given(st.lists(st.from_regex(r"[a-z !_-]{0,3}[0-9]{4}[a-z!]{0,3}", fullmatch=True)))
def test_numbers_of_one_width_keep_their_plain_order(names):
    assert natural_order(names) == sorted(names)


@given(st.permutations(["1", "01", "001", "a", "A", "\u0661", "\xe9"]))
def test_the_order_is_that_of_the_names_alone(names):
    assert natural_order(names) == ["001", "01", "1", "A", "a", "\xe9", "\u0661"]


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat", "dog/deeper", "cat"], ["cat", "dog", "cat"]),
        (["cat", "cat/deeper"], []),
        (["cat", "dog", "."], []),
        (["."], []),
    ],
)
def test_classes_are_two_or_more_subfolders_that_hold_all_images(names, classes):
    assert class_folders(ROOT, below(*names)) == classes


@pytest.mark.parametrize(
    ("training", "test"),
    [
        ("train", "test"),
        ("Train", "TEST"),
        ("training", "testing"),
        ("train", "val"),
        ("train", "valid"),
        ("training", "Validation"),
        ("val", "test"),
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("train2017", "val2017"),
        ("trainA", "testA"),
        ("train", "tests"),
        ("train", "dev"),
        ("trainval", "test"),
        ("trainset", "testset"),
        ("train", "eval"),
        ("train", "evaluation"),
        ("train", "holdout"),
        ("Train", "validate"),
    ],
)
@pytest.mark.parametrize("inside", ["", "/cat"])
def test_splits_are_no_classes(training, test, inside):
    with pytest.raises(InputError) as error:
        refuse_splits(ROOT, below(f"{training}{inside}", f"{test}{inside}", "extra"), "~/pets", "path")
    assert str(error.value) == (
        f"'~/pets' holds '{training}' and '{test}', which are splits of one set and not classes; write 'path: "
        f"~/pets/{training}' and 'test_path: ~/pets/{test}' (if they are classes, rename them)"
    )


def test_of_three_splits_the_test_images_are_for_testing():
    with pytest.raises(InputError, match="'path: pets/train' and 'test_path: pets/test' "):
        refuse_splits(ROOT, below("val", "test", "train"), "pets", "path")


def test_a_folder_of_test_images_has_no_splits_either():
    with pytest.raises(InputError, match="not classes; write 'test_path: pets/test' "):
        refuse_splits(ROOT, below("test", "train"), "pets", "test_path")


def test_splits_in_a_folder_of_their_own_are_named_with_it():
    with pytest.raises(InputError, match=re.escape("'pets/deep/er' holds 'train' and 'test', ")) as error:
        refuse_splits(ROOT, below("deep/er/train/cat", "deep/er/test/cat"), "pets", "path")
    assert "'path: pets/deep/er/train' and 'test_path: pets/deep/er/test'" in str(error.value)


def test_splits_of_each_class_must_be_moved():
    with pytest.raises(InputError, match=r"^'pets/cat' holds 'train' and 'test', .* classes; move the images of each"):
        refuse_splits(ROOT, below("cat/train", "cat/test", "dog/train", "dog/test"), "pets", "path")


@pytest.mark.parametrize(
    "names",
    [
        ["cat", "dog", "test"],
        ["bus", "car", "train"],
        ["bullet_train", "test_tube"],
        ["train_1", "train_2"],
        ["trainer", "tester"],
        ["valid", "invalid"],
        ["value", "contest"],
        ["train/cat", "."],
        ["cat/train", "dog/test"],
    ],
)
def test_classes_whose_names_are_like_those_of_splits(names):
    refuse_splits(ROOT, below(*names), "pets", "path")
