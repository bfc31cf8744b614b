"""Why a region cannot be rewritten."""


class GiveUp(Exception):
    """Something on the path has no certain counterpart; the message names it."""
