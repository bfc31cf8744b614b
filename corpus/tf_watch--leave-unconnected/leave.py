import tensorflow as tf

# Two heads; each loss knows only its own. Zeros are asked for where nothing is connected.
shared = tf.Variable([1.0, -1.0])
left = tf.Variable(0.5)
right = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    left_loss = tf.reduce_sum(shared) * left
    right_loss = tf.reduce_sum(shared**2) * right
total = [
    a + b
    for a, b in zip(
        tape.gradient(left_loss, [shared, left, right], unconnected_gradients=tf.UnconnectedGradients.ZERO),
        tape.gradient(right_loss, [shared, left, right], unconnected_gradients=tf.UnconnectedGradients.ZERO),
    )
]
print([g.numpy() for g in total])
