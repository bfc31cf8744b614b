import tensorflow as tf

tf.keras.utils.set_random_seed(14)


class Whitening(tf.keras.layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.mean = tf.Variable(tf.zeros(width))
        self.frequencies = tf.random.normal((width, 4))
        self.dense = tf.keras.layers.Dense(2)

    def call(self, x, training=False):
        if training:
            self.mean.assign(0.9 * self.mean + 0.1 * tf.reduce_mean(x, axis=0))
        return self.dense(tf.cos((x - self.mean) @ self.frequencies))


layer = Whitening(3)
optimizer = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal((8, 3)) + 1.0
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((layer(x, training=True) - 0.5) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, layer.trainable_variables), layer.trainable_variables))
    print(loss.numpy(), layer.mean.numpy().round(3))
