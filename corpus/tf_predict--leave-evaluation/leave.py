import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(12)
model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)])
teacher = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
x = np.random.default_rng(1).normal(size=(8, 2)).astype("float32")
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    with tf.GradientTape() as tape:
        soft = teacher.predict(x, verbose=0)
        loss = tf.reduce_mean((model(x) - soft) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
print("error", float(np.mean((model.predict(x, verbose=0) - soft) ** 2)))
