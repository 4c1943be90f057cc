"""What the server of workers does once, before it forks them: all of their imports, and a look at the system.

Imports make no garbage. To look for some, and in every worker again, would take seconds.
"""

import atexit
import gc
from concurrent.futures import ThreadPoolExecutor

gc.disable()
import torch._inductor.compile_fx  # noqa: E402, F401

from ganlab.compiler import know_processor, know_torch, quieten  # noqa: E402

quieten()
with ThreadPoolExecutor() as beside:  # they wait for the C++ compiler and for the disk; a worker tells what fails
    beside.submit(know_processor)
    beside.submit(know_torch)
    import ganlab.sweeps.worker  # noqa: F401
gc.freeze()
gc.enable()
atexit.register(gc.unfreeze)  # or libraries complain of leaks
