import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(33)
inputs = tf.keras.Input((10, 10, 1))
conv = tf.keras.layers.Conv2D(3, 3, activation="relu", name="conv")(inputs)
pooled = tf.keras.layers.GlobalAveragePooling2D()(conv)
outputs = tf.keras.layers.Dense(4)(pooled)
model = tf.keras.Model(inputs, outputs)
cam_model = tf.keras.Model(inputs, [conv, outputs])
image = np.random.default_rng(0).random((1, 10, 10, 1)).astype("float32")

with tf.GradientTape() as tape:
    maps, scores = cam_model.predict(image, verbose=0)
    maps, scores = tf.convert_to_tensor(maps), tf.convert_to_tensor(scores)
    best = scores[:, 2]
grads = tape.gradient(best, maps)
weights = tf.reduce_mean(grads, axis=(1, 2))
print(tf.nn.relu(tf.reduce_sum(weights[:, None, None, :] * maps, axis=-1)).shape)
