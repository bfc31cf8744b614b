import torch
import torch.nn.functional as F


class Pointer:
    """Learns which of the open slots to choose."""

    def __init__(self, n_slots):
        self.logits = torch.zeros(n_slots, requires_grad=True)

    def distribution(self, closed):
        self.logits[closed] = -1e4
        return F.log_softmax(self.logits, dim=0)


pointer = Pointer(6)
closed = torch.tensor([False, True, False, False, True, False])
goal = 3

loss = -pointer.distribution(closed)[goal]
loss.backward()
print("loss", loss.item())
print("grad", pointer.logits.grad)
