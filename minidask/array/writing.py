"""Methods that write an array."""

from __future__ import annotations

from typing import Any

from minidask.array.node import ArrayNode


class Writing:
    """What puts an array somewhere else; the writers import arrays, so they are imported when asked for."""

    expr: ArrayNode

    def to_zarr(self, *args: Any, **kwargs: Any) -> Any:
        """Write the array into a Zarr store. Parameters as of `minidask.array.to_zarr`, after the first.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=4).to_zarr("six.zarr")
        """
        from minidask.array.io.zarr import to_zarr

        return to_zarr(self, *args, **kwargs)

    def to_hdf5(self, filename: Any, datapath: str, **kwargs: Any) -> None:
        """Write the array into a dataset of an HDF5 file. Parameters as of `minidask.array.to_hdf5`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=4).to_hdf5("six.h5", "/x")
        """
        from minidask.array.io.hdf5 import to_hdf5

        to_hdf5(filename, datapath, self, **kwargs)

    def store(self, target: Any, **kwargs: Any) -> Any:
        """Write the array into something that takes slices. Parameters as of `minidask.array.store`.

        Returns
        -------
        What `minidask.array.store` returns; of return_stored the array.

        Examples
        --------
        >>> import numpy as np
        >>> import minidask.array as da
        >>> target = np.zeros(4)
        >>> da.arange(4, chunks=3).store(target)
        >>> target
        array([0., 1., 2., 3.])
        """
        from minidask.array.io.store import store

        found = store(self, target, **kwargs)
        return found[0] if isinstance(found, tuple) else found

    def to_tiledb(self, uri: Any, **kwargs: Any) -> Any:
        """Write the array as a dense TileDB array. Parameters as of `minidask.array.to_tiledb`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((4, 4), chunks=2).to_tiledb("ones")  # doctest: +SKIP
        """
        from minidask.array.io.tiledb import to_tiledb

        return to_tiledb(self, uri, **kwargs)

    def to_dask_dataframe(self, columns: Any = None, index: Any = None, meta: Any = None) -> Any:
        """The dataframe of an array of two axes, or the series of one. Parameters as of `from_dask_array`.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.ones((4, 2), chunks=2).to_dask_dataframe(columns=["a", "b"]).compute().shape
        (4, 2)
        """
        from minidask.dataframe.convert import from_dask_array

        return from_dask_array(self, columns, index, meta)

    def tofile(self, file: Any, sep: str = "", format: str = "%s") -> None:  # NumPy's name
        """Write the elements in C order into a file, as bytes, or as text where there is a `sep`, as NumPy does.

        Examples
        --------
        >>> import minidask.array as da
        >>> da.arange(6, chunks=4).tofile("six.bin")
        >>> da.fromfile("six.bin", dtype=int).sum().compute()
        np.int64(15)
        """
        from minidask.array.io.files import tofile

        tofile(self, file, sep, format)  # type: ignore[arg-type]  # an Array is the only one of us
