import tensorflow as tf

tf.keras.utils.set_random_seed(31)


class Scale(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.gamma = self.add_weight(shape=(units,), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(units,), initializer="zeros", name="beta")

    def call(self, x):
        return x * self.gamma + self.beta


model = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(6), Scale(6), tf.keras.layers.Dense(1)])
x = tf.random.normal((10, 4))
y = tf.reduce_sum(x, axis=1, keepdims=True)
opt = tf.keras.optimizers.Adam(0.05)
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    print(len(grads), float(loss))
