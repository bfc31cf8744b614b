import tensorflow as tf

bias = tf.Variable([0.1, 0.2, 0.3])
x = tf.constant([1.0, 2.0, 3.0])
with tf.GradientTape() as tape:
    frozen = tf.convert_to_tensor(bias)
    loss = tf.reduce_sum((x + frozen) ** 2)
print("bias", tape.gradient(loss, bias))
