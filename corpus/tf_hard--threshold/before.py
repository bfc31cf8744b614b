import tensorflow as tf

tf.random.set_seed(61)
weights = tf.Variable([[0.5], [-0.25]])
x = tf.random.normal((6, 2))
wanted = tf.constant([[1.0], [0.0], [1.0], [1.0], [0.0], [1.0]])
with tf.GradientTape() as tape:
    score = x @ weights
    decided = tf.cast(score > 0.0, tf.float32)
    loss = tf.reduce_mean((decided - wanted) ** 2)
print("weights", tape.gradient(loss, weights))
