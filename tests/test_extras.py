"""Packages that are not required."""

from __future__ import annotations

import pytest

from minidask.errors import MissingExtraError
from minidask.extras import import_extra


def test_a_missing_package_names_the_extra():
    with pytest.raises(MissingExtraError, match=r'to draw a picture .* pip install "minidask\[visualize\]"') as caught:
        import_extra("no_such_package.part", extra="visualize", purpose="draw a picture")
    assert caught.value.name == "no_such_package"
    assert isinstance(caught.value, ImportError)


def test_what_an_installed_package_misses_is_its_own_error(tmp_path, monkeypatch):
    (tmp_path / "halfway.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_extra("halfway", extra="visualize", purpose="draw a picture")
