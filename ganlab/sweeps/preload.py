"""What the server of workers does once, before it forks them: all of their imports, and a look at the processor.

Imports make no garbage. To look for some, and in every worker again, would take seconds.
"""

import atexit
import gc
from concurrent.futures import ThreadPoolExecutor

gc.disable()
from ganlab.training.compiler import know_processor, quieten  # noqa: E402

quieten()
with ThreadPoolExecutor() as beside:  # it waits for the C++ compiler
    beside.submit(know_processor)
    import torch._inductor.compile_fx  # noqa: F401

    import ganlab.sweeps.worker  # noqa: F401
gc.enable()
gc.freeze()
atexit.register(gc.unfreeze)  # or libraries complain of leaks
