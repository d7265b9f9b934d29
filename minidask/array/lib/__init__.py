"""What NumPy has in its module `lib`."""

from minidask.array.lib import stride_tricks as stride_tricks
