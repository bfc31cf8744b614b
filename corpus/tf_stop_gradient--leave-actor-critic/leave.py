import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(4)
actor = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(2)])
critic = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
states = tf.random.normal((10, 3))
actions = tf.random.uniform((10,), maxval=2, dtype=tf.int32)
rewards = np.random.default_rng(0).normal(size=10).astype("float32")
returns = np.cumsum(rewards[::-1])[::-1].copy()
for _ in range(2):
    with tf.GradientTape(persistent=True) as tape:
        log_policy = tf.nn.log_softmax(actor(states))
        values = tf.squeeze(critic(states), 1)
        advantage = returns - values.numpy()
        actor_loss = -tf.reduce_mean(tf.gather(log_policy, actions, batch_dims=1) * advantage)
        critic_loss = tf.reduce_mean((returns - values) ** 2)
    grads = tape.gradient(actor_loss, actor.trainable_variables)
    grads += tape.gradient(critic_loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(grads, actor.trainable_variables + critic.trainable_variables))
    print(f"actor {actor_loss:.4f} critic {critic_loss:.4f}")
