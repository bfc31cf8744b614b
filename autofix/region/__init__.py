"""A region: the part of a file that a lost value flows through, and everything that touches it.

``facts``     what the run saw, by node           ``rewrite``  the region in torch, expression by expression
``names``     bindings and uses                   ``lift``     arrays beside the path become tensors
``calls``     who calls whom, with what           ``reentry``  ``torch.tensor(p_np)`` goes
``flow``      which uses stay, which leave        ``exits``    what leaves gets its plain value back
``branches``  code that did not run               ``twins``    a shared helper is doubled
``dtypes``    where torch promotes differently    ``flags``, ``imports``  what is left over goes
"""
