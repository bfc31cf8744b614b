import numpy as np
import tensorflow as tf

start = np.array([-1.0, 2.0])


def value_and_gradient(point):
    x = tf.constant(point)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2
    return value.numpy(), tape.gradient(value, x).numpy()


point = start
for _ in range(5):
    value, slope = value_and_gradient(point)
    point = point - 1e-3 * slope
print(point.round(4), value.round(3))
