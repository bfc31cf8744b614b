import numpy as np
import tensorflow as tf

scores = tf.Variable([[0.2, 1.4, -0.3], [0.9, 0.1, 0.4]])
with tf.GradientTape() as tape:
    shifted = scores - tf.reduce_max(scores, axis=1, keepdims=True)
    weights = tf.exp(shifted)
    probabilities = weights / tf.reduce_sum(weights, axis=1, keepdims=True)
    loss = -tf.reduce_mean(tf.math.log(probabilities[:, 0]))
print("scores", tape.gradient(loss, scores))
