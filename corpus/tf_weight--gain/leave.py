import tensorflow as tf

tf.keras.utils.set_random_seed(5)


class Fourier(tf.keras.layers.Layer):
    def __init__(self, d, n):
        super().__init__()
        self.b = tf.random.normal((d, n))
        self.phase = tf.random.uniform((n,))

    def call(self, x):
        return tf.cos(x @ self.b + self.phase)


f, head = Fourier(2, 8), tf.keras.layers.Dense(1)
opt = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal((6, 2))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(f(x)) - 1.0) ** 2)
    opt.apply_gradients(zip(tape.gradient(loss, head.trainable_variables), head.trainable_variables))
    print(float(loss))
