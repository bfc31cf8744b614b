import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(23)
model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.SGD(0.1)
x = np.random.rand(6, 2).astype("float32")
y = np.random.rand(6, 1).astype("float32")


def huber(target, guess, delta=0.3):
    error = np.abs(target - guess)
    return np.mean(np.where(error < delta, 0.5 * error**2, delta * (error - 0.5 * delta)))


model(x)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = huber(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
