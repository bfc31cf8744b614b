import tensorflow as tf

tf.keras.utils.set_random_seed(43)


class Linear(tf.keras.Model):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = tf.keras.Variable(tf.random.normal((inputs, outputs), stddev=0.1))
        self.b = tf.keras.Variable(tf.zeros((outputs,)))

    def call(self, x):
        return x @ self.w + self.b


model = Linear(3, 2)
x, y = tf.random.normal((5, 3)), tf.random.normal((5, 2))
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    for variable, gradient in zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables)):
        variable.assign_sub(0.1 * gradient)
    print("loss", loss.numpy())
