"""File formats of bags: a file for each, with the nodes that read and write it."""
