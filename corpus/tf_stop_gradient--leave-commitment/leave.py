import tensorflow as tf

# The codes follow the encoder by a moving average, and no gradient.
tf.keras.utils.set_random_seed(67)
encoder = tf.Variable(tf.random.normal((3, 2), stddev=0.6))
codes = tf.Variable(tf.random.normal((5, 2)))
points = tf.random.normal((10, 3))
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        z = points @ encoder
        index = tf.argmin(tf.reduce_sum((z[:, None] - codes[None]) ** 2, axis=2), axis=1)
        code = tf.gather(codes, index)
        out = z + tf.stop_gradient(code - z)
        loss = tf.reduce_mean((out - 1.0) ** 2) + 0.25 * tf.reduce_mean((z - tf.stop_gradient(code)) ** 2)
    variables = [encoder, codes]
    optimizer.apply_gradients([(g, v) for g, v in zip(tape.gradient(loss, variables), variables) if g is not None])
    codes.assign(0.9 * codes + 0.1 * tf.math.unsorted_segment_mean(z, index, 5))
    print(loss.numpy())
