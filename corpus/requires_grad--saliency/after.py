import torch
import torch.nn.functional as F
from torch import nn


class TinyECG(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 6, kernel_size=5, padding=2)
        self.head = nn.Linear(6, 3)

    def forward(self, signal):
        feats = F.gelu(self.conv(signal))
        return self.head(feats.mean(dim=-1))


def saliency(model, signal, label):
    signal.requires_grad = True
    model.zero_grad()
    score = model(signal)[0, label]
    score.backward()
    return signal.grad.abs().squeeze()


def main():
    torch.manual_seed(21)
    model = TinyECG().eval()
    beat = torch.sin(torch.linspace(0, 12.0, 40)).reshape(1, 1, 40)
    heat = saliency(model, beat, label=2)
    print("peak at sample", int(heat.argmax()), "of", heat.numel())
    print("total attribution", float(heat.sum()))


main()
