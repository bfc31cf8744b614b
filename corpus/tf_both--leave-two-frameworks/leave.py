import numpy as np
import tensorflow as tf
import torch

torch.manual_seed(0)
student = tf.Variable(np.zeros((3, 1), dtype="float32"))
teacher = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(teacher.parameters(), lr=0.1)
x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
for _ in range(2):
    optimizer.zero_grad()
    torch_loss = (teacher(torch.from_numpy(x)) - 1.0).pow(2).mean()
    torch_loss.backward()
    optimizer.step()
    soft = teacher(torch.from_numpy(x)).detach().numpy()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ student - soft) ** 2)
    student.assign_sub(0.1 * tape.gradient(loss, student))
    print(round(torch_loss.item(), 4), round(float(loss), 4))
