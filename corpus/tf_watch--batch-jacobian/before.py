import tensorflow as tf

tf.keras.utils.set_random_seed(1)
rotation = tf.constant([[0.6, -0.8], [0.8, 0.6]])
x = tf.random.normal((4, 2))
with tf.GradientTape() as tape:
    y = tf.tanh(x @ rotation) * x
    tape.watch(x)
jac = tape.batch_jacobian(y, x)
print(tf.reduce_sum(jac))
