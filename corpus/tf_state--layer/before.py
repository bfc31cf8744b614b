import tensorflow as tf

tf.keras.utils.set_random_seed(9)


class Leaky(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.proj = tf.keras.layers.Dense(units)
        self.mem = tf.Variable(tf.zeros((2, units)), trainable=False)

    def call(self, x):
        self.mem.assign(0.5 * self.mem + self.proj(x))
        return tf.tanh(self.mem)


layer = Leaky(3)
opt = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal((2, 4))
layer(x)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((layer(x) - 0.5) ** 2)
    grads = tape.gradient(loss, layer.proj.trainable_variables)
    print(float(loss), [g is None for g in grads])
    if grads[0] is not None:
        opt.apply_gradients(zip(grads, layer.proj.trainable_variables))
