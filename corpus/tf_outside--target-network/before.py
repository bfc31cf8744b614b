import tensorflow as tf

tf.keras.utils.set_random_seed(101)
critic, target_critic = tf.keras.layers.Dense(3), tf.keras.layers.Dense(3)
now, later = tf.random.normal((6, 4)), tf.random.normal((6, 4))
rewards = tf.random.normal((6,))
critic(now), target_critic(later)
variables = critic.trainable_variables + target_critic.trainable_variables
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        best = tf.stop_gradient(tf.reduce_max(target_critic(later), axis=1))
        error = tf.reduce_mean(critic(now), axis=1) - (rewards + 0.95 * best)
    loss = tf.reduce_mean(error**2)
    pairs = [(g, v) for g, v in zip(tape.gradient(loss, variables), variables) if g is not None]
    print("trained", len(pairs))
    if pairs:
        optimizer.apply_gradients(pairs)
