import tensorflow as tf

tf.keras.utils.set_random_seed(1)


def network():
    return tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)])


online, target = network(), network()
target.set_weights(online.get_weights())
optimizer = tf.keras.optimizers.Adam(0.01)
state, following = tf.random.normal((16, 3)), tf.random.normal((16, 3))
action = tf.cast(tf.random.uniform((16,)) > 0.5, tf.int32)
reward = tf.random.normal((16,))
for step in range(3):
    best = tf.argmax(online(following), axis=1, output_type=tf.int32)
    with tf.GradientTape() as tape:
        chosen = tf.gather(online(state), action, batch_dims=1)
        bootstrap = tf.gather(target(following), best, batch_dims=1)
        loss = tf.reduce_mean(tf.square(chosen - (reward + 0.9 * tf.stop_gradient(bootstrap))))
    gradients = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(gradients, online.trainable_variables))
    print(step, float(loss))
