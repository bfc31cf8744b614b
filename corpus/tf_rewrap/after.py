import tensorflow as tf

tf.random.set_seed(19)
latent = tf.Variable(tf.random.normal((2, 3)))
decoder = tf.constant([[1.0, 0.5], [0.0, -1.0], [2.0, 0.25]])
with tf.GradientTape() as tape:
    decoded = latent @ decoder
    loss = tf.reduce_mean(tf.abs(decoded))
print("latent", tape.gradient(loss, latent))
