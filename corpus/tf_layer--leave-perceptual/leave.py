import tensorflow as tf

tf.keras.utils.set_random_seed(16)


class Perceptual:
    """A fixed network that only measures."""

    def __init__(self):
        self.network = tf.keras.Sequential([tf.keras.Input((6,)), tf.keras.layers.Dense(5, activation="relu")])
        self.network.trainable = False

    def distance(self, a, b):
        return tf.reduce_mean((self.network(a) - self.network(b)) ** 2)


class Painter(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.paint = tf.keras.layers.Dense(6)
        self.perceptual = Perceptual()

    def call(self, x):
        return self.paint(x)


model = Painter()
optimizer = tf.keras.optimizers.Adam(0.01)
x, wanted = tf.random.normal((4, 3)), tf.random.normal((4, 6))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = model.perceptual.distance(model(x), wanted)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(loss.numpy())
