import tensorflow as tf

decay = 0.35
hours = tf.constant([0.0, 1.0, 2.0, 4.0])
counts = tf.constant([100.0, 71.0, 49.0, 24.0])

with tf.GradientTape() as tape:
    expected = 100.0 * tf.exp(-decay * hours)
    deviance = tf.reduce_sum(expected - counts * tf.math.log(expected))
slope = tape.gradient(deviance, decay)
print(float(deviance), float(slope))
