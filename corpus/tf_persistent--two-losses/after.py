import tensorflow as tf

tf.keras.utils.set_random_seed(1)
encoder = tf.keras.layers.Dense(4, activation="tanh")
actor = tf.keras.layers.Dense(2)
critic = tf.keras.layers.Dense(1)
state = tf.random.normal((6, 3))
target = tf.random.normal((6, 1))
optimizer = tf.keras.optimizers.SGD(0.1)
critic_optimizer = tf.keras.optimizers.SGD(0.05)

for step in range(2):
    with tf.GradientTape(persistent=True) as tape:
        features = encoder(state)
        value = critic(features)
        critic_loss = tf.reduce_mean((value - target) ** 2)
        policy = tf.nn.log_softmax(actor(features))
        actor_loss = -tf.reduce_mean(policy[:, :1] * tf.stop_gradient(target - value))
    grads = tape.gradient(actor_loss, actor.trainable_variables)
    optimizer.apply_gradients(zip(grads, actor.trainable_variables))
    grads = tape.gradient(critic_loss, critic.trainable_variables + encoder.trainable_variables)
    critic_optimizer.apply_gradients(zip(grads, critic.trainable_variables + encoder.trainable_variables))
