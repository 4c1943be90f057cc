import mimetypes
import os

import pytest
from PIL import Image

from ganlab.data import folders
from ganlab.data.folders import list_folder
from ganlab.errors import InputError


def png(path, size=(2, 2)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)


def within(folder, paths):
    return [path.relative_to(folder).as_posix() for path in paths]


def test_images_are_found_below_a_folder_in_the_order_of_their_names(tmp_path):
    for name in ("b/2.png", "b/1.JPEG", "a.webp", "c/d/x.bmp"):
        png(tmp_path / name)
    (tmp_path / "labels.txt").write_text("cat")
    (tmp_path / "b" / "._1.png").write_text("what another system leaves beside a file")
    names = [str(file.relative_to(tmp_path)) for file in list_folder(tmp_path).images]
    assert names == ["a.webp", "b/1.JPEG", "b/2.png", "c/d/x.bmp"]


def test_images_of_other_formats_are_not_left_out_in_silence(tmp_path):
    for name in ("1.png", "2.png"):
        png(tmp_path / name)
    for name in ("cat/a.TIF", "cat/b.gif", "dog/c.heic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"an image of another format")
    for name in ("labels.txt", "cat/.thumbnail.gif", "Makefile"):
        (tmp_path / name).write_text("no image")
    with pytest.raises(InputError) as error:
        list_folder(tmp_path)
    assert str(error.value) == (
        f"3 of 5 images in '{tmp_path}' cannot be read, such as '{tmp_path}/cat/a.TIF'; "
        "convert or remove them: files must end in .png, .jpg, .jpeg, .webp, .bmp"
    )


def test_a_folder_of_nothing_but_other_formats_says_so(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=r"^1 of 1 images in .* cannot be read, such as '.*/a\.gif'; convert or "):
        list_folder(tmp_path)


def test_images_in_linked_folders_are_found(tmp_path):
    png(tmp_path / "elsewhere" / "1.png")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("cat", "dog"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    assert list_folder(folder).images == [folder / "cat" / "1.png", folder / "dog" / "1.png"]


def test_links_that_lead_back_are_not_followed(tmp_path):
    folder = tmp_path / "folder"
    png(folder / "a" / "1.png")
    png(folder / "b" / "2.png")
    png(tmp_path / "beside" / "3.png")
    (folder / "a" / "top").symlink_to(folder)
    (folder / "above").symlink_to(tmp_path)
    (folder / "a" / "other").symlink_to(folder / "b")
    (folder / "b" / "other").symlink_to(folder / "a")
    names = [str(file.relative_to(folder)) for file in list_folder(folder).images]
    assert names == ["a/1.png", "a/other/2.png", "b/2.png", "b/other/1.png"]


def test_a_file_is_no_folder(tmp_path):
    png(tmp_path / "0.jpg")
    (tmp_path / "names.txt").write_text("cat")
    with pytest.raises(InputError, match=f"^'{tmp_path}/0.jpg' is a single image; give a folder that holds images$"):
        list_folder(tmp_path / "0.jpg")
    with pytest.raises(InputError, match=f"^'{tmp_path}/names.txt' is a file; give a folder that holds images$"):
        list_folder(tmp_path / "names.txt")


def test_an_absent_folder_and_one_without_images(tmp_path):
    with pytest.raises(InputError, match=f"^there is no folder '{tmp_path}/none'; give one that holds images$"):
        list_folder(tmp_path / "none")
    with pytest.raises(InputError, match=f"^'{tmp_path}' holds no image; files must end in .png, "):
        list_folder(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        *(".ipynb_checkpoints", ".git", "__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "lost+found"),
        "System Volume Information",
    ],
)
def test_hidden_and_system_folders_are_left_out_wherever_they_lie(tmp_path, name):
    png(tmp_path / "cat" / "1.png")
    png(tmp_path / name / "1-checkpoint.png")
    png(tmp_path / "cat" / name / "deeper" / "1.png")
    listing = list_folder(tmp_path)
    assert within(tmp_path, listing.images) == ["cat/1.png"]
    assert within(tmp_path, listing.left_out) == sorted([name, f"cat/{name}"])
    assert listing.skipped == []
    assert listing.subfolders == ["cat"]


def test_a_hidden_folder_that_the_user_names_is_read(tmp_path):
    png(tmp_path / ".cats" / "1.png")
    assert list_folder(tmp_path / ".cats").images == [tmp_path / ".cats" / "1.png"]


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", ".DS_Store", "._1.png"])
def test_files_of_the_system_are_not_mentioned(tmp_path, name):
    png(tmp_path / "1.png")
    (tmp_path / name).write_text("of the system")
    listing = list_folder(tmp_path)
    assert within(tmp_path, listing.images) == ["1.png"]
    assert listing.skipped == []


def test_what_is_no_image_is_skipped_and_told(tmp_path):
    png(tmp_path / "1.png")
    for name in ("notes.txt", "labels.csv", "a.json", "README", ".hidden.png", "weights.npz", "clip.mp4"):
        (tmp_path / name).write_text("no image")
    skipped = [".hidden.png", "README", "a.json", "clip.mp4", "labels.csv", "notes.txt", "weights.npz"]
    assert within(tmp_path, list_folder(tmp_path).skipped) == skipped


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_images_without_the_end_of_a_name_are_not_skipped(tmp_path, format):
    png(tmp_path / "1.png")
    Image.new("RGB", (2, 2)).save(tmp_path / "2", format=format)
    with pytest.raises(
        InputError, match=rf"^1 of 2 images in '.*' cannot be read, such as '{tmp_path}/2'; convert or "
    ):
        list_folder(tmp_path)


@pytest.mark.parametrize("known", [{}, {".txt": "image/x-text", ".png": "text/plain"}])
def test_what_is_an_image_does_not_depend_on_the_machine(tmp_path, monkeypatch, known):
    monkeypatch.setattr(mimetypes, "types_map", known)
    monkeypatch.setattr(mimetypes, "guess_type", lambda name: (known.get(name[-4:]), None))
    png(tmp_path / "1.png")
    (tmp_path / "notes.txt").write_text("no image")
    assert within(tmp_path, list_folder(tmp_path).images) == ["1.png"]
    (tmp_path / "a.avif").write_text("an image of another format")
    with pytest.raises(InputError, match=r"^1 of 2 images"):
        list_folder(tmp_path)


def test_a_folder_without_images_says_what_else_it_holds(tmp_path):
    (tmp_path / "cats.zip").write_text("an archive")
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(InputError, match=r"^'.*' holds no image; files must .* 2 other files, such as 'cats\.zip'$"):
        list_folder(tmp_path)


def test_a_folder_that_cannot_be_looked_into_is_not_left_out(tmp_path, monkeypatch):
    png(tmp_path / "cat" / "1.png")
    png(tmp_path / "dog" / "1.png")
    look = os.scandir

    def scandir(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(folders.os, "scandir", scandir)
    with pytest.raises(InputError, match=f"^cannot look into the folder '{tmp_path}/dog': Permission denied$"):
        list_folder(tmp_path)
