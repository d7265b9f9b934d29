"""Files that wait for each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from minidask.files import Waiting, target_files


def written(folder: Path, *texts: str) -> tuple[Waiting, list[int]]:
    waiting = Waiting(target_files(f"{folder}/*.txt", len(texts)))
    for i, text in enumerate(texts):
        with waiting.open(i, "wt") as stream:
            stream.write(text)
    return waiting, [waiting.size(i) for i in range(len(texts))]


def test_files_wait_and_are_put_in_their_places_again(tmp_path: Path) -> None:
    waiting, sizes = written(tmp_path, "a", "bc")
    assert not [*tmp_path.glob("[!.]*")]
    assert sizes == [1, 2]
    for _ in range(2):  # an attempt may have been lost when it was done
        assert [Path(path).read_text() for path in waiting.put_in_place(sizes)] == ["a", "bc"]
    assert len([*tmp_path.iterdir()]) == 2


def test_what_is_gone_is_an_error(tmp_path: Path) -> None:
    waiting, sizes = written(tmp_path, "a", "bc")
    (tmp_path / "1.txt").write_text("of another time")
    waiting.remove()
    assert [p.name for p in tmp_path.iterdir()] == ["1.txt"]
    with pytest.raises(FileNotFoundError, match=r"0\.txt is gone"):
        waiting.put_in_place(sizes)
    with pytest.raises(FileNotFoundError, match=r"1\.txt is gone"):
        Waiting(waiting.files[1:]).put_in_place(sizes[1:])
