import tensorflow as tf

tf.keras.utils.set_random_seed(6)
critic = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
real, fake = tf.random.normal((8, 2)), tf.random.normal((8, 2)) + 1.0
for _ in range(2):
    with tf.GradientTape() as tape:
        mix = tf.random.uniform((8, 1))
        between = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as penalty_tape:
            penalty_tape.watch(between)
            score = critic(between)
        slope = penalty_tape.gradient(score, between)
        penalty = tf.reduce_mean((tf.norm(slope, axis=1) - 1.0) ** 2)
        loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real)) + 10.0 * penalty
    optimizer.apply_gradients(zip(tape.gradient(loss, critic.trainable_variables), critic.trainable_variables))
    print(loss.numpy())
