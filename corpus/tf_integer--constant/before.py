import tensorflow as tf

x = tf.constant([1, 2, 3])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x * x + 2 * x)
print("dy/dx", tape.gradient(y, x))
