import torch


class MaskedLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, mask):
        ctx.save_for_backward(x, weight, mask)
        return x @ (weight * mask).T

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, mask = ctx.saved_tensors
        grad_x = grad_output @ (weight * mask)
        grad_weight = (grad_output.T @ x) * mask
        return grad_x, grad_weight, None


torch.manual_seed(37)
features = torch.randn(20, 6)
embed = torch.nn.Linear(6, 4)
weight = torch.nn.Parameter(torch.randn(2, 4))
mask = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
target = torch.stack([features[:, 0], features[:, 5]], dim=1)

opt = torch.optim.SGD([*embed.parameters(), weight], lr=0.05)
for i in range(4):
    out = MaskedLinear.apply(embed(features), weight, mask)
    loss = (out - target).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(i, loss.item())
print("weight grad", weight.grad)
