import tensorflow as tf

tf.random.set_seed(8)
weights = tf.Variable(tf.random.normal((3, 1)))
support, query = tf.random.normal((6, 3)), tf.random.normal((6, 3))
optimizer = tf.keras.optimizers.SGD(0.1)


def error(data, w):
    return tf.reduce_mean((data @ w - tf.reduce_sum(data, axis=1, keepdims=True)) ** 2)


for _ in range(2):
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            first = error(support, weights)
        fast = weights - 0.05 * inner.gradient(first, weights)
        second = error(query, fast)
    optimizer.apply_gradients([(outer.gradient(second, weights), weights)])
    print(second.numpy())
