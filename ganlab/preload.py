"""What the server of workers does once, before it forks them: all of their imports, and a look at the system.

Imports make no garbage. To look for some, and in every worker again, would take seconds. Nor may one of them ask CUDA
whether it is there: who forks from a process that has asked cannot use it.
"""

import atexit
import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor

gc.disable()
import torch  # noqa: E402

is_available, torch.cuda.is_available = torch.cuda.is_available, lambda: False
try:
    from ganlab.compiler.toolchain import detect_instruction_set, hash_torch_sources, quieten
    from ganlab.workarounds.torch_internals import graph_compiler

    graph_compiler()  # imports inductor

    quieten()
    with ThreadPoolExecutor() as beside:  # they wait for the C++ compiler and for the disk; a worker tells what fails
        beside.submit(detect_instruction_set)
        beside.submit(hash_torch_sources)
        import ganlab.engines.process
        import ganlab.engines.worker  # noqa: F401
finally:
    torch.cuda.is_available = is_available
gc.freeze()
gc.enable()


def _end_at_once() -> None:
    """End the server without freeing what it has imported, which takes a second, and ten on a busy machine."""
    if "multiprocessing.forkserver" in sys.orig_argv[-1] and os.getpid() == SERVER:
        os._exit(0)
    gc.unfreeze()  # or libraries complain of leaks


SERVER = os.getpid()
atexit.register(_end_at_once)
