import tensorflow as tf

tf.keras.utils.set_random_seed(15)


class Bilinear(tf.keras.layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), initializer="glorot_uniform")
        self.temperature = self.add_weight(shape=(), initializer="ones", trainable=False)

    def call(self, x):
        return tf.reduce_sum((x @ self.kernel) * x, axis=1) / self.temperature


layer = Bilinear()
optimizer = tf.keras.optimizers.Adam(0.05)
x = tf.random.normal((6, 3))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((layer(x) - 1.0) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables))
    print(loss.numpy())
