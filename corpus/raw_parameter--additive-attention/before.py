import math
import torch
import torch.nn as nn


class AdditiveAttention(nn.Module):
    """Bahdanau attention over a sequence of encoder states."""

    def __init__(self, enc_dim, dec_dim, att_dim):
        super().__init__()
        self.proj_enc = nn.Linear(enc_dim, att_dim, bias=False)
        self.proj_dec = nn.Linear(dec_dim, att_dim, bias=False)
        self.v = torch.randn(att_dim) / math.sqrt(att_dim)
        self.mask_value = torch.tensor(-1e9)

    def forward(self, enc, dec, mask):
        e = torch.tanh(self.proj_enc(enc) + self.proj_dec(dec).unsqueeze(1)) @ self.v
        e = torch.where(mask, e, self.mask_value)
        a = torch.softmax(e, dim=1)
        return torch.bmm(a.unsqueeze(1), enc).squeeze(1), a


torch.manual_seed(31)
att = AdditiveAttention(6, 4, 5)
head = nn.Linear(6, 2)
opt = torch.optim.Adam(list(att.parameters()) + list(head.parameters()), lr=0.01)
enc, dec = torch.randn(8, 7, 6), torch.randn(8, 4)
mask = torch.arange(7)[None] < torch.randint(3, 8, (8, 1))
target = torch.randint(0, 2, (8,))
for epoch in range(3):
    context, weights = att(enc, dec, mask)
    loss = nn.functional.cross_entropy(head(context), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, f"{loss.item():.4f}", "peak", f"{weights.max().item():.3f}")
