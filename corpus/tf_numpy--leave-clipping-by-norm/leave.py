import numpy as np
import tensorflow as tf

w = tf.Variable([3.0, -4.0])
target = tf.constant([1.0, 1.0])
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((w - target) ** 2)
    gradient = tape.gradient(loss, w)
    norm = np.linalg.norm(gradient.numpy())
    w.assign_sub(0.1 * gradient * min(1.0, 1.0 / norm))
    print(f"loss {loss.numpy():.3f} norm {norm:.3f}")
