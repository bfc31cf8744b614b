import tensorflow as tf

tf.keras.utils.set_random_seed(12)


class Gate(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.mix = tf.keras.layers.Dense(units)

    def call(self, x):
        gate = tf.sigmoid(self.mix(x))
        return x * gate


layer = Gate(3)
x = tf.random.normal((5, 3))
optimizer = tf.keras.optimizers.SGD(0.5)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer(x) ** 2)
    grads = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply_gradients(zip(grads, layer.trainable_variables))
    print("loss", float(loss))
