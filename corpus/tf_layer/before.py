import tensorflow as tf

tf.keras.utils.set_random_seed(47)


class Tower:
    def __init__(self, width):
        self.first = tf.keras.layers.Dense(width, activation="relu")
        self.second = tf.keras.layers.Dense(width)

    def apply(self, x):
        return self.second(self.first(x))


class Matcher(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.user_tower = Tower(4)
        self.item_tower = tf.keras.layers.Dense(4)

    def call(self, inputs):
        user, item = inputs
        return tf.reduce_sum(self.user_tower.apply(user) * self.item_tower(item), axis=1)


model = Matcher()
optimizer = tf.keras.optimizers.SGD(0.1)
users, items = tf.random.normal((6, 3)), tf.random.normal((6, 2))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model((users, items)) - 1.0) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
