"""The one error that users are meant to read."""


class InputError(ValueError):
    """Something a user gave is wrong.

    The message is one sentence that says what is wrong, where, and what would be right. The command
    line prints it without a traceback and exits with status 2.
    """
