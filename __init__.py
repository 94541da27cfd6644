"""annexa keeps the evidence for ISO/IEC 42001 up to date by itself.

Data runs in one direction through five folders: ``collectors`` reads one source,
``ledger`` keeps what was read, ``mappings`` says what it means, ``exporters`` writes
what a person takes away, ``agent`` is the running program.
"""

__version__ = "0.1.0"


class AnnexaError(Exception):
    """Something a person can act on; its text is one line: ``where: what happened; what to do``.

    The command line prints that line and ends with ``exit_code``; a traceback means a bug.
    """

    exit_code = 1

    def __init__(self, where: str, problem: str, *, remedy: str) -> None:
        super().__init__(f"{where}: {problem}; {remedy}")
        self.where = where
        self.problem = problem
        self.remedy = remedy
