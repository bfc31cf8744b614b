"""Everything up to the tensors is numpy: synthesis, split, normalisation."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_table(rows=90, seed=3):
    rng = np.random.default_rng(seed)
    height = rng.normal(1.7, 0.1, rows)
    age = rng.uniform(18, 70, rows)
    weight = 22 * height**2 + 0.1 * (age - 40) + rng.normal(0, 1.0, rows)
    return np.stack([height, age], axis=1), weight


def standardise(train, test):
    mu, sd = train.mean(axis=0), train.std(axis=0)
    return (train - mu) / sd, (test - mu) / sd


features, target = make_table()
x_train, x_test = standardise(features[:70], features[70:])
y_train, y_test = standardise(target[:70], target[70:])

torch.manual_seed(0)
dataset = TensorDataset(
    torch.from_numpy(x_train.astype(np.float32)), torch.tensor(y_train, dtype=torch.float32)
)
loader = DataLoader(dataset, batch_size=14, shuffle=True)
model = nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for xb, yb in loader:
        loss = nn.functional.mse_loss(model(xb).squeeze(1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("epoch", epoch, round(loss.item(), 5))

predicted = model(torch.from_numpy(x_test).float()).detach().numpy()[:, 0]
print("test R2", round(float(1 - np.sum((predicted - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)), 4))
