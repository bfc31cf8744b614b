"""Holt's linear trend method with its smoothing rates learned through the recursion."""
import torch

torch.manual_seed(21)
t = torch.arange(24, dtype=torch.float32)
series = 3.0 + 0.4 * t + 0.5 * torch.randn(24)

raw_alpha = torch.tensor(0.0, requires_grad=True)
raw_beta = torch.tensor(-1.0, requires_grad=True)
level0 = torch.tensor(2.0, requires_grad=True)
trend0 = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.Adam([raw_alpha, raw_beta, level0, trend0], lr=0.1)


def one_step_ahead(series, alpha, beta, level, trend):
    forecasts = []
    for value in series:
        forecast = level + trend
        forecasts.append(forecast)
        new_level = alpha * value + (1 - alpha) * forecast
        trend = beta * (new_level - level) + (1 - beta) * trend
        level = new_level
    return torch.stack(forecasts)


for step in range(3):
    alpha = torch.sigmoid(raw_alpha)
    beta = torch.sigmoid(raw_beta)
    forecasts = one_step_ahead(series, alpha, beta, level0, trend0)
    errors = series - forecasts
    loss = (errors ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item(), "alpha", alpha.item(), "beta", beta.item())
for leaf in (raw_alpha, raw_beta, level0, trend0):
    print(leaf.grad)
