import torch

torch.manual_seed(83)

# unknown decay rate k in u' = -k u; u is given by a small network
net = torch.nn.Sequential(torch.nn.Linear(1, 12), torch.nn.Sigmoid(), torch.nn.Linear(12, 1, bias=False))
k = torch.nn.Parameter(torch.tensor(0.5))
optimizer = torch.optim.SGD([*net[0].parameters(), *net[2].parameters(), k], lr=0.05)

t = torch.linspace(0.0, 2.0, 15)[:, None].requires_grad_()
source = torch.exp(-1.3 * t.detach())

for epoch in range(4):
    velocity = torch.autograd.grad(net(t).sum(), t, create_graph=True)[0]
    defect = velocity + k * source
    loss = defect.square().mean()
    optimizer.zero_grad()
    loss.backward()
    print("epoch", epoch, "loss", loss.item())
    for name, p in net.named_parameters():
        print("  ", name, p.grad)
    optimizer.step()
