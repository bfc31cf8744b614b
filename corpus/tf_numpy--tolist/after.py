import tensorflow as tf

tf.random.set_seed(36)
scores = tf.Variable(tf.random.normal((4, 3), seed=6))
prices = tf.constant([[1.0, 2.0, 4.0], [2.0, 1.0, 3.0], [0.5, 2.5, 1.0], [3.0, 3.0, 1.5]])

with tf.GradientTape() as tape:
    shares = tf.nn.softmax(scores, axis=1)
    cost = tf.reduce_sum(shares * prices)
print(float(cost), tape.gradient(cost, scores))
