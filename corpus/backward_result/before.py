import torch

torch.manual_seed(55)

# dose-response: y = top / (1 + exp(-(log_dose - ec50)))
log_dose = torch.linspace(-3, 3, 20)
response = 2.0 * torch.sigmoid(log_dose - 0.4) + 0.02 * torch.randn(20)
theta = torch.tensor([1.0, 0.0], requires_grad=True)

for it in range(15):
    fit = theta[0] * torch.sigmoid(log_dose - theta[1])
    loss = ((fit - response) ** 2).mean()
    g = loss.backward()
    with torch.no_grad():
        theta -= 0.4 * g
    theta.grad = None

print("top, ec50 =", theta.tolist())
