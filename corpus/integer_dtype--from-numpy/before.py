import numpy as np
import torch

# shop floor: machine hours per order, two machines
orders = np.array([[3, 1], [2, 2], [0, 5]])
deadline = np.array([12.0, 9.0, 20.0])

hours = torch.from_numpy(orders).requires_grad_()
speed = torch.tensor([1.5, 0.8], dtype=torch.float64)

finish = (hours / speed).sum(dim=1)
late = torch.nn.functional.softplus(finish.cumsum(0) - torch.from_numpy(deadline))
late.sum().backward()

print("lateness", late.tolist())
print("cost of an extra hour")
print(hours.grad)
