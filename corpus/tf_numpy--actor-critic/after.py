import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(40)


class ActorCritic(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.common = tf.keras.layers.Dense(8, activation="relu")
        self.actor = tf.keras.layers.Dense(2)
        self.critic = tf.keras.layers.Dense(1)

    def call(self, s):
        h = self.common(s)
        return self.actor(h), self.critic(h)


model = ActorCritic()
opt = tf.keras.optimizers.Adam(0.01)
states = tf.random.normal((5, 4))
rewards = [1.0, 0.0, 1.0, 0.5, 0.2]
with tf.GradientTape() as tape:
    log_probs, values = [], []
    for t in range(5):
        logits, v = model(states[t:t + 1])
        action = int(tf.argmax(logits[0]))
        log_probs.append(tf.nn.log_softmax(logits)[0, action])
        values.append(v[0, 0])
    returns = np.cumsum(rewards[::-1])[::-1].astype(np.float32)
    advantage = tf.constant(returns) - tf.stack(values)
    actor_loss = -tf.reduce_sum(tf.stack(log_probs) * tf.stop_gradient(advantage))
    critic_loss = tf.reduce_sum(advantage ** 2)
    loss = actor_loss + critic_loss
grads = tape.gradient(loss, model.trainable_variables)
print([g is None for g in grads])
opt.apply_gradients([(g, v) for g, v in zip(grads, model.trainable_variables) if g is not None])
