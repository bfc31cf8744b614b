import tensorflow as tf

gain = tf.Variable(0.7)
inputs = tf.constant([1.0, -2.0, 0.5])
with tf.GradientTape() as tape:
    output = tf.reduce_sum(tf.tanh(gain * inputs))
slope = tape.gradient(output, gain.read_value())
print("slope", slope)
