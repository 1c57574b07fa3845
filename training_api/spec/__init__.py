"""What every part of Segsmith agrees on: job specs, states, files and their layout.

Imports pydantic, numpy and the standard library only, so that any process may load it.
"""
