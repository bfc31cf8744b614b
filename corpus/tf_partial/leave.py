import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(1)
w = tf.Variable(tf.random.normal((3,)))
x = tf.random.normal((10, 3))
y = tf.random.normal((10,))
for _ in range(3):
    with tf.GradientTape() as tape:
        r = tf.linalg.matvec(x, w) - y
        weights = 1.0 / np.maximum(np.abs(r), 0.1)
        loss = tf.reduce_mean(weights * r ** 2)
    w.assign_sub(0.05 * tape.gradient(loss, w))
    print(float(loss))
