import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
policy = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(2, activation="softmax")])
opt = tf.keras.optimizers.Adam(1e-2)

for episode in range(3):
    states = rng.normal(size=(6, 4)).astype(np.float32)
    rewards = rng.normal(size=6).astype(np.float32)
    returns = np.cumsum(rewards[::-1])[::-1].copy()
    returns = (returns - returns.mean()) / (returns.std() + 1e-8)
    with tf.GradientTape() as tape:
        probs = policy(states)
        actions = np.array([rng.choice(2, p=p / np.sum(p)) for p in probs.numpy().astype(np.float64)])
        chosen = probs.numpy()[np.arange(6), actions]
        loss = -np.mean(np.log(chosen) * returns)
        loss = tf.convert_to_tensor(loss)
    grads = tape.gradient(loss, policy.trainable_variables)
    if all(g is not None for g in grads):
        opt.apply_gradients(zip(grads, policy.trainable_variables))
    print(episode, float(loss), sum(g is None for g in grads))
