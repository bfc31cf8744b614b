import torch

torch.manual_seed(70)
d = 4
wq, wk, wv = (torch.randn(d, d, requires_grad=True) for _ in range(3))
frames = torch.randn(6, d)

scores = (frames @ wq) @ (frames @ wk).T / d ** 0.5
attention = torch.softmax(scores, dim=-1)
# a frame should not look at itself
attention[range(6), range(6)] = 0.0
context = attention @ (frames @ wv)

loss = (context - frames).square().mean()
grads = torch.autograd.grad(loss, [wq, wk, wv])
print("loss", loss.item())
for name, g in zip(("query", "key", "value"), grads):
    print(name, g.norm().item())
