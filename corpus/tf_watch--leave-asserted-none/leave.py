import tensorflow as tf

# A test of the layer's contract: the mask must not receive a gradient.
mask = tf.constant([1.0, 0.0, 1.0])
weight = tf.Variable([0.3, 0.2, 0.1])
with tf.GradientTape(persistent=True) as tape:
    out = tf.reduce_sum(weight * mask)
assert tape.gradient(out, mask) is None
print("weight", tape.gradient(out, weight).numpy())
