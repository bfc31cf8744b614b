import tensorflow as tf

x = tf.Variable([0.5, 1.0, -1.5])
with tf.GradientTape() as second:
    with tf.GradientTape() as first:
        y = tf.reduce_sum(tf.sin(x) * x)
    slope = first.gradient(y, x)
    total = tf.reduce_sum(slope)
print("second derivative", second.gradient(total, x))
