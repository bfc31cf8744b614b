"""Where whole numbers meet whole numbers, all of them must become floating."""
import tensorflow as tf

stride = tf.Variable(3.0)
steps = tf.range(4, dtype=tf.float32)
marks = tf.constant([1.0, 3.0, 7.0, 8.0])
order = tf.constant([2, 0, 1, 3])

with tf.GradientTape() as tape:
    misses = stride * steps - marks
    cost = tf.reduce_sum(tf.gather(misses, order) ** 2)
print("cost", float(cost), "slope", tape.gradient(cost, stride))
