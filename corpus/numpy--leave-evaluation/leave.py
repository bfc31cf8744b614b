"""Train in torch, judge in numpy: confusion matrix and per-class recall."""
import numpy as np
import torch
from torch import nn


def confusion(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (truth, guess), 1)
    return table


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        probs = torch.softmax(model(x), dim=1).cpu().numpy()
    model.train()
    guess = np.argmax(probs, axis=1)
    table = confusion(y.numpy(), guess, probs.shape[1])
    return table, np.diag(table) / np.maximum(table.sum(axis=1), 1)


def main():
    torch.manual_seed(19)
    centres = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    y = torch.arange(60) % 3
    x = centres[y] + 0.7 * torch.randn(60, 2)
    model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.1), nn.ReLU(), nn.Linear(8, 3))
    opt = torch.optim.AdamW(model.parameters(), lr=0.05)
    for epoch in range(6):
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if epoch % 3 == 2:
            table, recall = evaluate(model, x, y)
            print(epoch, f"{loss.item():.4f}", recall.round(3))
    print(table)


main()
