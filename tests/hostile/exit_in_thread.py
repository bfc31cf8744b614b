"""sys.exit in a thread ends that thread alone."""
import sys
import threading

import torch

thread = threading.Thread(target=sys.exit, args=(5,))
thread.start()
thread.join()
w = torch.ones(2, requires_grad=True)
w.sum().backward()
print("done")
