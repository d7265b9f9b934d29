"""The nodes of arrays, one file a behaviour: fields, facts, the rules that simplify and lower them.

Functions here take and give nodes; `Array` and the functions that people call wrap them.
"""
