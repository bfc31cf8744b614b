import numpy as np
import tensorflow as tf

scores = tf.Variable([[0.2, 1.4, -0.3], [0.9, 0.1, 0.4]])
with tf.GradientTape() as tape:
    shifted = scores.numpy() - scores.numpy().max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    loss = -tf.reduce_mean(tf.math.log(tf.convert_to_tensor(probabilities[:, 0])))
print("scores", tape.gradient(loss, scores))
