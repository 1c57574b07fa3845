"""The routes of the API, by subject. None of them catches an error; see problems.py."""
