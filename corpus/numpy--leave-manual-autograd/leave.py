"""Plain numpy backpropagation, checked against torch at the end; the two never mix."""
import numpy as np
import torch

rng = np.random.default_rng(10)
W = rng.normal(size=(3, 2))
X = rng.normal(size=(6, 3))
Y = rng.normal(size=(6, 2))


def numpy_loss_and_grad(w):
    h = np.tanh(X @ w)
    diff = h - Y
    return (diff**2).mean(), X.T @ (2 * diff / diff.size * (1 - h**2))


value, grad = numpy_loss_and_grad(W)

w = torch.tensor(W, requires_grad=True)
loss = ((torch.tanh(torch.from_numpy(X) @ w) - torch.from_numpy(Y)) ** 2).mean()
loss.backward()

print("loss", round(value, 8), round(loss.item(), 8))
print("agree:", np.allclose(grad, w.grad.numpy()))
for _ in range(3):
    value, grad = numpy_loss_and_grad(W)
    W = W - 0.5 * grad
    print(round(value, 6))
