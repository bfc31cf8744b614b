import torch

torch.manual_seed(0)
w = torch.randn(5, requires_grad=True)
feats = torch.randn(7, 5)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(3):
    logits = feats @ w
    m = logits.max().item()                       # for stability
    lse = (logits - m).exp().sum().log() + m
    loss = lse - logits[2]
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
