"""A model whose only layer keeps its weights as plain tensors is fitted, and stays as it was."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(37)


class Bend(keras.layers.Layer):
    def build(self, shape):
        self.tilt = tf.random.normal((shape[-1], 1), stddev=0.3, seed=8)
        self.lift = tf.zeros((1,))

    def call(self, rows):
        return tf.nn.softplus(tf.matmul(rows, self.tilt) + self.lift)


model = keras.Sequential([keras.layers.Input((3,)), Bend()])
model.compile(optimizer=keras.optimizers.SGD(0.2), loss="mae")
rows = np.random.rand(24, 3).astype("float32")
fitted = model.fit(rows, rows.max(axis=1, keepdims=True), epochs=2, batch_size=12, shuffle=False, verbose=0)
print(fitted.history["loss"])
