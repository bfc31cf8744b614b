import torch

torch.manual_seed(31)
D_IN, D_HID = 3, 14

W1 = torch.randn(D_IN, D_HID, requires_grad=True) * 0.3
b1 = torch.zeros(D_HID, requires_grad=True)
W2 = torch.randn(D_HID, 1, requires_grad=True) / D_HID ** 0.5

X = torch.rand(40, D_IN)
Y = (X ** 2).sum(1, keepdim=True)

hidden = torch.relu(X @ W1 + b1)
out = hidden @ W2
loss = ((out - Y) ** 2).mean()
loss.backward()

print("loss", loss.item())
for name, p in {"W1": W1, "b1": b1, "W2": W2}.items():
    print(name, "grad norm", p.grad.norm().item())
