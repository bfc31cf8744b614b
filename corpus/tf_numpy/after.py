import numpy as np
import tensorflow as tf

decay = tf.Variable([0.5, 1.5])
times = np.linspace(0.0, 1.0, 5).astype(np.float32)
with tf.GradientTape() as tape:
    curve = tf.exp(-decay[0] * times) + tf.exp(-decay[1] * times)
    loss = tf.reduce_mean(curve ** 2)
print("decay", tape.gradient(loss, decay))
