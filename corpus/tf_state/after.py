import tensorflow as tf

memory = tf.Variable([0.0, 0.0])
key = tf.Variable([0.4, -0.8])
with tf.GradientTape() as tape:
    new_memory = tf.tanh(key * 2.0)
    memory.assign(new_memory)
    read = tf.reduce_sum(new_memory**2)
print("key", tape.gradient(read, key))
