import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(97)
draw = np.random.default_rng(4)
actor = tf.keras.layers.Dense(3)
states = draw.normal(size=(6, 2)).astype("float32")
actor(states)
with tf.GradientTape() as tape:
    scores = actor(states)
    chances = tf.nn.softmax(scores).numpy().astype("float64")
    actions = np.array([draw.choice(3, p=p / p.sum()) for p in chances])
    gains = np.where(actions == 2, 1.5, -0.5).astype("float32")
    log_chances = tf.gather(tf.nn.log_softmax(scores), actions, batch_dims=1)
    loss = -tf.reduce_mean(log_chances * gains)
print([g is None for g in tape.gradient(loss, actor.trainable_variables)])
