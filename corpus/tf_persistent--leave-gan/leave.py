import tensorflow as tf

tf.keras.utils.set_random_seed(5)
generator = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)])
critic = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])
cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
g_optimizer, d_optimizer = tf.keras.optimizers.Adam(0.01), tf.keras.optimizers.Adam(0.01)
real = tf.random.normal((16, 2)) + 2.0
for step in range(2):
    noise = tf.random.normal((16, 3))
    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
        fake = generator(noise)
        real_score, fake_score = critic(real), critic(fake)
        g_loss = cross_entropy(tf.ones_like(fake_score), fake_score)
        d_loss = cross_entropy(tf.ones_like(real_score), real_score) + cross_entropy(tf.zeros_like(fake_score), fake_score)
    g_optimizer.apply_gradients(zip(g_tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables))
    d_optimizer.apply_gradients(zip(d_tape.gradient(d_loss, critic.trainable_variables), critic.trainable_variables))
    print(step, g_loss.numpy(), d_loss.numpy())
