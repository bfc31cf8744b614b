import tensorflow as tf

# The start has the weights' numbers by chance; the score does not depend on it.
start = tf.constant([0.5, 0.5])
weights = tf.Variable([1.5, -0.5])
with tf.GradientTape() as tape:
    tape.watch(start)
    score = tf.reduce_sum(weights * tf.constant([0.5, 0.5]))
for name, gradient in zip(("weights", "start"), tape.gradient(score, [weights, start])):
    print(name, "does not matter" if gradient is None else gradient.numpy())
