import tensorflow as tf

tf.keras.utils.set_random_seed(3)
backbone = tf.keras.layers.Dense(6, activation="tanh")
predictor = tf.keras.layers.Dense(6)
optimizer = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal((8, 4))


def similarity(p, z):
    return -tf.reduce_mean(tf.reduce_sum(tf.nn.l2_normalize(p, 1) * tf.nn.l2_normalize(tf.stop_gradient(z), 1), axis=1))


for _ in range(2):
    with tf.GradientTape() as tape:
        a, b = backbone(x + 0.1 * tf.random.normal(x.shape)), backbone(x + 0.1 * tf.random.normal(x.shape))
        loss = 0.5 * similarity(predictor(a), b) + 0.5 * similarity(predictor(b), a)
    variables = backbone.trainable_variables + predictor.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    print("loss", loss.numpy())
