"""Early stopping keeps a deep copy of the best weights and loads them back at the end."""
import copy

import torch
from torch import nn


def fit(model, train, valid, epochs=25, patience=4):
    opt = torch.optim.Adam(model.parameters(), lr=0.05)
    best, best_state, waited = float("inf"), copy.deepcopy(model.state_dict()), 0
    for epoch in range(epochs):
        model.train()
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(train[0]), train[1])
        loss.backward()
        opt.step()
        model.eval()
        with torch.no_grad():
            score = nn.functional.mse_loss(model(valid[0]), valid[1]).item()
        if score < best:
            best, best_state, waited = score, copy.deepcopy(model.state_dict()), 0
        else:
            waited += 1
            if waited > patience:
                break
    model.load_state_dict(best_state)
    return epoch, best


torch.manual_seed(1800)
make = lambda n: (x := torch.randn(n, 8), x[:, :1] + 0.4 * torch.randn(n, 1))
model = nn.Sequential(nn.Linear(8, 30), nn.ReLU(), nn.Dropout(0.1), nn.Linear(30, 1))
epoch, best = fit(model, make(25), make(25))
print("last epoch", epoch, f"best {best:.5f}")
