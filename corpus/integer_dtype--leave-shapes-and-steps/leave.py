"""int() and long() on counts, positions and lengths; packed sequences; nothing of it is learned."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

torch.manual_seed(3170)
lengths = torch.tensor([5.0, 3.0, 7.0, 2.0])
sequences = [torch.randn(int(n), 2) for n in lengths]
padded = pad_sequence(sequences, batch_first=True)
goal = torch.stack([s.sum(0)[0] for s in sequences])

rnn, out = nn.RNN(2, 6, batch_first=True), nn.Linear(6, 1)
opt = torch.optim.Adam([*rnn.parameters(), *out.parameters()], lr=0.03)
warmup = int(lengths.max().item()) // 2
for step in range(5):
    packed = pack_padded_sequence(padded, lengths.long(), batch_first=True, enforce_sorted=False)
    _, last = rnn(packed)
    pred = out(last.squeeze(0)).squeeze(1)
    loss = (pred - goal).abs().mean()
    opt.zero_grad()
    loss.backward()
    for group in opt.param_groups:
        group["lr"] = 0.03 * min(1.0, (step + 1) / warmup)
    opt.step()
    print(step, f"{loss.item():.5f}", "rounded", pred.round().int().tolist())
