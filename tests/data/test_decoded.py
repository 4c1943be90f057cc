import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data import decoded
from ganlab.data.decoded import decode_once
from ganlab.data.decoding import Framing
from ganlab.data.folders import list_folder
from ganlab.errors import InputError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "root"))
    return tmp_path / "root"


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in range(3):
        Image.new("L", (4, 4), 10 * level).save(folder / f"{level}.png")
    return folder


def levels(images):
    return images[:, 0, 0, 0].tolist()


def kept(root):
    return sorted((root / "decoded").glob("*.npy"))


def test_images_are_decoded_once(root, pictures):
    first = decode_once(list_folder(pictures).images, Framing())
    (file,) = kept(root)
    written = file.stat().st_mtime_ns
    again = decode_once(list_folder(pictures).images, Framing())
    assert levels(first) == levels(again) == [0, 10, 20]
    assert kept(root) == [file]
    assert file.stat().st_mtime_ns == written
    assert np.array_equal(np.load(file), first.numpy())


def test_a_changed_image_or_framing_is_decoded_anew(root, pictures):
    decode_once(list_folder(pictures).images, Framing())
    Image.new("L", (4, 4), 99).save(pictures / "1.png")
    assert levels(decode_once(list_folder(pictures).images, Framing())) == [0, 99, 20]
    assert decode_once(list_folder(pictures).images, Framing(size=2)).shape == (3, 1, 2, 2)
    assert len(kept(root)) == 3


def test_what_an_earlier_form_kept_is_not_used(root, pictures, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(decoded, "FORM", 1)
        decode_once(list_folder(pictures).images, Framing())
    decode_once(list_folder(pictures).images, Framing())
    assert len(kept(root)) == 2


def test_what_is_written_to_the_tensor_does_not_reach_the_disk(root, pictures):
    decode_once(list_folder(pictures).images, Framing()).fill_(7)
    assert levels(decode_once(list_folder(pictures).images, Framing())) == [0, 10, 20]


def test_nothing_is_kept_of_images_that_cannot_all_be_read(root, pictures):
    broken = pictures / "1.png"
    broken.write_bytes(broken.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"^1 of 3 images cannot be read"):
        decode_once(list_folder(pictures).images, Framing())
    assert [file.suffix for file in (root / "decoded").iterdir()] == [".lock"]


def test_a_data_root_that_cannot_be_written(root, pictures):
    root.write_text("a file where the folder should be")
    with pytest.raises(InputError, match=f"^cannot keep decoded images in '{root}/decoded' .* with --data-root$"):
        decode_once(list_folder(pictures).images, Framing())


@pytest.mark.parametrize("cut", [0, 5, 30, 128, 150])
def test_a_kept_file_that_breaks_off(root, pictures, cut):
    decode_once(list_folder(pictures).images, Framing())
    (file,) = kept(root)
    file.write_bytes(file.read_bytes()[:cut])
    fault = f"^'{file}', which keeps decoded images, is damaged; remove it to decode them anew$"
    with pytest.raises(InputError, match=fault):
        decode_once(list_folder(pictures).images, Framing())
    file.unlink()
    assert levels(decode_once(list_folder(pictures).images, Framing())) == [0, 10, 20]


def test_a_kept_file_of_something_else(root, pictures):
    decode_once(list_folder(pictures).images, Framing())
    (file,) = kept(root)
    file.write_text("no array")
    with pytest.raises(InputError, match=f"^'{file}', which keeps decoded images, is damaged; "):
        decode_once(list_folder(pictures).images, Framing())


def test_a_file_that_is_listed_and_absent(root, tmp_path):
    with pytest.raises(InputError, match=f"^cannot read '{tmp_path}/gone.jpg': No such file"):
        decode_once([tmp_path / "gone.jpg"], Framing())


def test_images_by_the_thousand_keep_their_order(root, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for index in range(2100):
        Image.new("RGB", (1, 1), (index // 256, index % 256, 0)).save(folder / f"{index:04}.bmp")
    images = decode_once(list_folder(folder).images, Framing()).long()
    assert torch.equal(images[:, 0, 0, 0] * 256 + images[:, 1, 0, 0], torch.arange(2100))
