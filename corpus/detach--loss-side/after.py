import torch
import torch.nn.functional as F
from torch import nn


def tower(n_in):
    return nn.Sequential(nn.Linear(n_in, 16), nn.SiLU(), nn.Linear(16, 8))


def clip_loss(image_emb, text_emb, temperature=0.2):
    image_emb = F.normalize(image_emb, dim=-1)
    text_emb = F.normalize(text_emb, dim=-1)
    logits = image_emb @ text_emb.T / temperature
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def train(steps=3):
    torch.manual_seed(31)
    images, captions = torch.randn(12, 20), torch.randn(12, 9)
    image_tower, text_tower = tower(20), tower(9)
    opt = torch.optim.AdamW(
        [
            {"params": image_tower.parameters(), "lr": 1e-3},
            {"params": text_tower.parameters(), "lr": 5e-4},
        ],
        weight_decay=0.0,
    )
    for step in range(steps):
        loss = clip_loss(image_tower(images), text_tower(captions))
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(f"[{step}] contrastive loss = {loss:.4f}")


if __name__ == "__main__":
    train()
