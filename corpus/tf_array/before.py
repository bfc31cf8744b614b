import numpy as np
import tensorflow as tf

spectrum = np.array([0.2, 0.5, 0.9], dtype=np.float32)
mixing = tf.Variable([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])
with tf.GradientTape() as tape:
    reading = tf.linalg.matvec(mixing, spectrum)
    error = tf.reduce_sum((reading - 1.0) ** 2)
print("sensitivity", tape.gradient(error, spectrum))
