import tensorflow as tf

tf.keras.utils.set_random_seed(61)
trunk = tf.keras.layers.Dense(5, activation="relu")
policy, value = tf.keras.layers.Dense(2), tf.keras.layers.Dense(1)
frames = tf.random.normal((8, 3))
moves = tf.constant([0, 1, 1, 0, 1, 0, 0, 1])
gains = tf.constant([0.2, -0.4, 1.1, 0.6, 0.9, -0.1, 0.3, 0.7])
with tf.GradientTape() as tape:
    seen = trunk(frames)
    surprise = gains - value(seen)[:, 0]
    chosen = tf.reduce_sum(tf.nn.log_softmax(policy(seen)) * tf.one_hot(moves, 2), axis=1)
    loss = -tf.reduce_mean(chosen * tf.stop_gradient(surprise)) + 0.4 * tf.reduce_mean(surprise ** 2)
for name, gradient in zip(("policy", "value"), tape.gradient(loss, [policy.kernel, value.kernel])):
    print(name, gradient if gradient is None else tf.norm(gradient).numpy())
