"""Files, here or far away: which there are, how they fall into blocks, and how they are read and written.

fsspec opens them, so a path may be a URL of any kind that it knows. Finding files asks for their sizes and reads
nothing. A block is a small description that a task can carry; what it reads begins and ends between records.
"""

from __future__ import annotations

from minidask.files.aside import Waiting
from minidask.files.blocks import Border, FileBlock, FileBlocks, pieces_of, read_block, read_pieces, split_files
from minidask.files.paths import File, compression_of, find_files
from minidask.files.quotes import Quotes
from minidask.files.text import read_lines, read_text
from minidask.files.write import block_names, target_files, write_atomically

__all__ = [
    "Border",
    "File",
    "FileBlock",
    "FileBlocks",
    "Quotes",
    "Waiting",
    "block_names",
    "compression_of",
    "find_files",
    "pieces_of",
    "read_block",
    "read_lines",
    "read_pieces",
    "read_text",
    "split_files",
    "target_files",
    "write_atomically",
]
