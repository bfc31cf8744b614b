import torch


def init_layers(sizes):
    params = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        w = torch.randn(n_in, n_out).mul_((2.0 / n_in) ** 0.5).requires_grad_()
        b = torch.zeros(n_out, requires_grad=True)
        params += [w, b]
    return params


def mlp(params, x):
    for i in range(0, len(params), 2):
        x = x @ params[i] + params[i + 1]
        if i + 2 < len(params):
            x = torch.relu(x)
    return x


def sgd_epoch(params, x, y, lr):
    loss = (mlp(params, x) - y).pow(2).mean()
    loss.backward()
    params = [(p - lr * p.grad).detach().requires_grad_() for p in params]
    return params, loss.item()


if __name__ == "__main__":
    torch.manual_seed(99)
    x = torch.rand(64, 2)
    y = (x[:, :1] * x[:, 1:]).sqrt()
    params = init_layers([2, 10, 1])
    for epoch in range(5):
        params, loss = sgd_epoch(params, x, y, lr=0.05)
        print(epoch, loss)
