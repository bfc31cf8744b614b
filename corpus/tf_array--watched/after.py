import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(38)
model = tf.keras.Sequential([tf.keras.layers.Input((5,)), tf.keras.layers.Dense(2)])
x0 = np.random.default_rng(3).random((3, 5)).astype("float32")
y = np.array([0, 1, 1])

x = tf.convert_to_tensor(x0)
for _ in range(3):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(y, model(x), from_logits=True))
    grad = tape.gradient(loss, x)
    x = x + 0.05 * tf.sign(grad)
    x = tf.clip_by_value(x, x0 - 0.1, x0 + 0.1)
print(np.abs(x - x0).max())
