import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(8)
q = tf.keras.Sequential([tf.keras.layers.Input((5,)), tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(3)])
target = tf.keras.models.clone_model(q)
target.set_weights(q.get_weights())
opt = tf.keras.optimizers.Adam(1e-3)
s = tf.random.normal((16, 5))
s2 = tf.random.normal((16, 5))
a = tf.constant(np.random.default_rng(1).integers(0, 3, 16))
r = tf.random.normal((16,))

for _ in range(2):
    y = r + 0.95 * tf.reduce_max(target(s2), axis=1)
    with tf.GradientTape() as tape:
        values = q(s)
        picked = tf.stack([values[i, a[i]] for i in range(16)])
        loss = tf.reduce_mean((y - picked) ** 2)
    grads = tape.gradient(loss, q.trainable_variables)
    print("missing:", [v.path for g, v in zip(grads, q.trainable_variables) if g is None])
    if grads[0] is not None:
        opt.apply_gradients(zip(grads, q.trainable_variables))
