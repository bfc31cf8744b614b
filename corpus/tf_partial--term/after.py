import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(7)
enc = tf.keras.layers.Dense(4)
dec = tf.keras.layers.Dense(5)
opt = tf.keras.optimizers.Adam(0.01)
x = tf.random.normal((6, 5))
for _ in range(2):
    with tf.GradientTape() as tape:
        mu, logvar = tf.split(enc(x), 2, axis=1)
        z = mu + tf.exp(0.5 * logvar) * tf.random.normal((6, 2))
        rec = tf.reduce_mean((dec(z) - x) ** 2)
        kl = -0.5 * tf.reduce_mean(1 + logvar - mu ** 2 - tf.exp(logvar))
        loss = rec + 0.1 * kl
    vs = enc.trainable_variables + dec.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, vs), vs))
    print(float(loss))
