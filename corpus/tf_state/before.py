import tensorflow as tf

memory = tf.Variable([0.0, 0.0])
key = tf.Variable([0.4, -0.8])
with tf.GradientTape() as tape:
    memory.assign(tf.tanh(key * 2.0))
    read = tf.reduce_sum(memory**2)
print("key", tape.gradient(read, key))
