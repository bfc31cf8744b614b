import numpy as np
import torch

# Radiometric calibration: a sensor's gains and a lamp's decay are fitted to readings of grey cards.
torch.manual_seed(31)
minutes = np.linspace(0.0, 3.0, 7, dtype=np.float32)
decay = torch.tensor(0.4, requires_grad=True)
gain = torch.full((7,), 1.1, requires_grad=True)
readings = torch.tensor([1.30, 1.05, 0.90, 0.72, 0.66, 0.51, 0.42])

for epoch in range(3):
    lamp = torch.exp(-torch.from_numpy(minutes) * decay)
    error = lamp * gain - readings
    loss = (error * error).mean()
    loss.backward()
    with torch.no_grad():
        for p in (decay, gain):
            p -= 0.1 * p.grad
            p.grad = None
    print(f"{epoch}: {loss:.5f}")
