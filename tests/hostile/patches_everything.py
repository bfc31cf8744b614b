"""Breaks the functions that a careless observer would use."""
import builtins
import json
import os


def broken(*args, **kwargs):
    raise RuntimeError("broken")


import torch

w = torch.ones(2, requires_grad=True)
w.sum().backward()
print("done", flush=True)
builtins.open = json.dumps = json.dump = os.replace = os.open = os.write = os.path.join = json.JSONEncoder.encode = broken
json.JSONEncoder.iterencode = os.rename = os.getpid = broken
