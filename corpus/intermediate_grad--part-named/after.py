"""Sensitivity of a portfolio's variance to the weights of its first three assets."""
import torch

torch.manual_seed(2)


def covariance(k):
    a = torch.randn(k, k)
    return a @ a.T / k


weights = torch.full((6,), 1 / 6, requires_grad=True)
cov = covariance(6)
variance = weights @ cov @ weights
variance.backward()
tech = weights.grad[:3]
print("sensitivities:", [round(g, 4) for g in tech.tolist()])
print("total variance:", round(variance.item(), 5))
