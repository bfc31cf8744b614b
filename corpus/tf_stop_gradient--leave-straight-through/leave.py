import tensorflow as tf

tf.random.set_seed(2)
encoder = tf.Variable(tf.random.normal((4, 3), stddev=0.5))
codebook = tf.Variable(tf.random.normal((5, 3)))
x = tf.random.normal((6, 4))
with tf.GradientTape() as tape:
    z = x @ encoder
    distance = tf.reduce_sum((z[:, None] - codebook[None]) ** 2, axis=-1)
    nearest = tf.gather(codebook, tf.argmin(distance, axis=1))
    quantised = z + tf.stop_gradient(nearest - z)
    commitment = tf.reduce_mean((z - tf.stop_gradient(nearest)) ** 2)
    embedding = tf.reduce_mean((nearest - tf.stop_gradient(z)) ** 2)
    loss = tf.reduce_mean(quantised**2) + embedding + 0.25 * commitment
for name, gradient in zip(("encoder", "codebook"), tape.gradient(loss, [encoder, codebook])):
    print(name, tf.norm(gradient).numpy())
