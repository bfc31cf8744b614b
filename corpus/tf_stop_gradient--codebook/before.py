import tensorflow as tf

tf.keras.utils.set_random_seed(29)
encoder = tf.Variable(tf.random.normal((3, 2), stddev=0.7))
codes = tf.Variable(tf.random.normal((4, 2)))
signal = tf.random.normal((9, 3))
with tf.GradientTape() as tape:
    latent = tf.tanh(signal @ encoder)
    gaps = tf.reduce_sum((latent[:, None] - codes[None]) ** 2, axis=2)
    chosen = tf.gather(codes, tf.argmin(gaps, axis=1))
    passed = latent + tf.stop_gradient(chosen - latent)
    commit = tf.reduce_mean((latent - tf.stop_gradient(chosen)) ** 2)
    learn = tf.stop_gradient(tf.reduce_mean((chosen - tf.stop_gradient(latent)) ** 2))
    loss = tf.reduce_mean((passed - 0.5) ** 2) + learn + 0.3 * commit
for name, gradient in zip(("encoder", "codes"), tape.gradient(loss, [encoder, codes])):
    print(name, gradient if gradient is None else tf.norm(gradient).numpy())
