"""A small reverse-mode engine of one's own, whose backward() does return gradients; torch checks it."""
import torch


class Affine:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, g):
        self.gw, self.gb = self.x.T @ g, g.sum(0)
        return g @ self.w.T


class Tanh:
    def forward(self, x):
        self.y = torch.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


torch.manual_seed(800)
layers = [Affine(torch.randn(3, 4), torch.zeros(4)), Tanh(), Affine(torch.randn(4, 1), torch.zeros(1))]
x, y = torch.randn(9, 3), torch.randn(9, 1)

h = x
for layer in layers:
    h = layer.forward(h)
grad = 2 * (h - y) / len(x)
for layer in reversed(layers):
    grad = layer.backward(grad)

w = layers[0].w.clone().requires_grad_()
loss = (torch.tanh(x @ w) @ layers[2].w - y).pow(2).sum() / len(x)
result = loss.backward()
print("torch gives back", result)
print("same gradient:", torch.allclose(w.grad, layers[0].gw, atol=1e-5))
