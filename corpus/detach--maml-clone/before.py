import torch


def forward(params, x):
    hidden = torch.tanh(x @ params["w1"] + params["b1"])
    return hidden @ params["w2"] + params["b2"]


def mse(params, task):
    x, y = task
    return ((forward(params, x) - y) ** 2).mean()


def adapt(meta, support, lr=0.05):
    """One inner step on the support set; returns the task's own weights."""
    fast = {name: p.detach().clone().requires_grad_() for name, p in meta.items()}
    inner = mse(fast, support)
    grads = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
    return {name: p - lr * g for (name, p), g in zip(fast.items(), grads)}


def sine_task(gen):
    amp = 0.5 + 2 * torch.rand(1, generator=gen)
    phase = 3 * torch.rand(1, generator=gen)
    x = 4 * torch.rand(10, 1, generator=gen) - 2
    y = amp * torch.sin(x + phase)
    return (x[:5], y[:5]), (x[5:], y[5:])


gen = torch.Generator().manual_seed(99)
torch.manual_seed(99)
meta = {
    "w1": torch.nn.Parameter(torch.randn(1, 12) * 0.7),
    "b1": torch.nn.Parameter(torch.zeros(12)),
    "w2": torch.nn.Parameter(torch.randn(12, 1) * 0.3),
    "b2": torch.nn.Parameter(torch.zeros(1)),
}
outer = torch.optim.Adam(meta.values(), lr=0.01)

for epoch in range(2):
    outer.zero_grad()
    query_loss = 0.0
    for _ in range(3):
        support, query = sine_task(gen)
        query_loss = query_loss + mse(adapt(meta, support), query)
    query_loss.backward()
    outer.step()
    print(f"meta epoch {epoch}: query loss {query_loss.item():.4f}")
