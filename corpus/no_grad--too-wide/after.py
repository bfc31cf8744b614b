import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(22)

VOCAB, DIM = 15, 6
stream = torch.randint(VOCAB, (4, 11))

embed = nn.Embedding(VOCAB, DIM)
lstm = nn.LSTM(DIM, 9, batch_first=True)
to_vocab = nn.Linear(9, VOCAB)
modules = nn.ModuleList([embed, lstm, to_vocab])
opt = torch.optim.Adam(modules.parameters(), lr=0.01)

for step in range(3):
    inputs, targets = stream[:, :-1], stream[:, 1:]
    states, _ = lstm(embed(inputs))
    logits = to_vocab(states)
    with torch.no_grad():
        probs = logits.softmax(dim=-1)
        entropy = -(probs * probs.clamp_min(1e-9).log()).sum(dim=-1).mean()
        accuracy = (probs.argmax(dim=-1) == targets).float().mean()
    loss = nn.functional.cross_entropy(logits.reshape(-1, VOCAB), targets.reshape(-1))
    print(f"step {step} loss {loss:.4f} entropy {entropy:.3f} accuracy {accuracy:.2f}")
    opt.zero_grad()
    loss.backward()
    clip_grad_norm_(modules.parameters(), 1.0)
    opt.step()
