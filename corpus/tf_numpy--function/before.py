import numpy as np
import tensorflow as tf

level = tf.Variable([0.4, 1.1, 2.0])


@tf.function
def objective(x):
    return tf.reduce_sum(tf.constant(np.log1p(x.numpy())) * x.numpy())


with tf.GradientTape() as tape:
    value = objective(level)
print("level", tape.gradient(value, level))
