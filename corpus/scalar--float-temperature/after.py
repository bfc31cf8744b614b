import torch
import torch.nn.functional as F


class InfoNCE(torch.nn.Module):
    def __init__(self, initial=0.1):
        super().__init__()
        self.log_temperature = torch.nn.Parameter(torch.tensor(initial).log())

    def forward(self, query, key):
        similarity = F.normalize(query, dim=1) @ F.normalize(key, dim=1).T
        temperature = self.log_temperature.exp()
        return F.cross_entropy(similarity / temperature, torch.arange(len(query)))


def augment(batch, gen):
    return batch * (torch.rand(batch.shape, generator=gen) > 0.2)


gen = torch.Generator().manual_seed(13)
torch.manual_seed(13)
batch = torch.randn(14, 10, generator=gen)
backbone = torch.nn.Sequential(torch.nn.Linear(10, 8), torch.nn.ReLU(), torch.nn.Linear(8, 5))
criterion = InfoNCE()
opt = torch.optim.AdamW(list(backbone.parameters()) + list(criterion.parameters()), lr=1e-2)

for epoch in range(3):
    loss = criterion(backbone(augment(batch, gen)), backbone(augment(batch, gen)))
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    print("epoch", epoch, "loss", format(loss.item(), ".4f"))

print("d loss / d log temperature =", criterion.log_temperature.grad)
