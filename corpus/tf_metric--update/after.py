import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(54)
weights = tf.Variable([[0.2], [-0.4]])
metric = keras.metrics.BinaryCrossentropy(from_logits=True, name="bce")
x = tf.constant([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1]])
y = tf.constant([[1.0], [0.0], [1.0]])
with tf.GradientTape() as tape:
    logits = x @ weights
    metric.update_state(y, logits)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(y, logits)
print("weights", tape.gradient(loss, weights))
