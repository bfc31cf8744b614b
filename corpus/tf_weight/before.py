import tensorflow as tf

tf.keras.utils.set_random_seed(41)


class ScaledDense(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = tf.keras.layers.Dense(units)
        self.scale = tf.Variable(tf.ones((units,)) * 0.5)

    def call(self, inputs):
        return self.dense(inputs) * self.scale


layer = ScaledDense(3)
optimizer = tf.keras.optimizers.SGD(0.1)
data = tf.random.normal((6, 2))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((layer(data) - 1.0) ** 2)
    gradients = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply_gradients(zip(gradients, layer.trainable_variables))
