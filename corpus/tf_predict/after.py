import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(17)
model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(0.05)
rng = np.random.default_rng(2)
features = rng.normal(size=(8, 3)).astype("float32")
prices = rng.normal(size=(8, 1)).astype("float32")
for epoch in range(2):
    with tf.GradientTape() as tape:
        guess = model(features)
        loss = tf.reduce_mean(tf.square(guess - prices))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
