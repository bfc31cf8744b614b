import torch


def ridge(w, x, y, log_lambda):
    return (x @ w - y).square().mean() + log_lambda.exp() * w.square().sum()


def unrolled_fit(x, y, log_lambda, steps=5, lr=0.1):
    w = torch.zeros(x.shape[1], requires_grad=True)
    for _ in range(steps):
        inner = ridge(w, x, y, log_lambda)
        (g,) = torch.autograd.grad(inner, w, create_graph=True)
        w = w - lr * g
    return w


torch.manual_seed(71)
truth = torch.tensor([1.0, 0.0, -2.0, 0.0, 0.5])
x_train, x_val = torch.randn(12, 5), torch.randn(30, 5)
y_train = x_train @ truth + 0.8 * torch.randn(12)
y_val = x_val @ truth

log_lambda = torch.tensor(-1.0, requires_grad=True)
outer = torch.optim.Adam([log_lambda], lr=0.1)
for k in range(4):
    outer.zero_grad()
    w = unrolled_fit(x_train, y_train, log_lambda)
    validation = (x_val @ w - y_val).square().mean()
    validation.backward()
    outer.step()
    print(f"lambda {log_lambda.exp().item():.5f}  validation {validation.item():.5f}")
