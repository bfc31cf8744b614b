"""Gradient descent on a tensor that was meant to be a variable."""
import tensorflow as tf

tf.random.set_seed(33)
levels = tf.random.uniform((6,), 0.2, 0.8, seed=4)
wanted = tf.constant([0.1, 0.9, 0.3, 0.7, 0.5, 0.4])
for turn in range(2):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(wanted * tf.math.log(levels) + (1.0 - wanted) * tf.math.log(1.0 - levels))
    slope = tape.gradient(loss, levels)
    levels.assign_sub(0.01 * slope)
    print(turn, loss.numpy())
