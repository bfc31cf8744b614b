import numpy as np
import tensorflow as tf

rng = np.random.default_rng(4)
sample = rng.normal(size=(2, 3)).astype("float32")
tensor = tf.constant(sample)
with tf.GradientTape() as tape:
    score = tf.reduce_sum(tf.nn.softplus(tensor) * 2.0)
print("score", tape.gradient(score, sample))
