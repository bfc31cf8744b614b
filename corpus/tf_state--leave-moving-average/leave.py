import tensorflow as tf

tf.random.set_seed(19)
weight = tf.Variable(tf.random.normal((3, 1)))
average = tf.Variable(tf.zeros((3, 1)), trainable=False)
baseline = tf.Variable(0.0, trainable=False)
x = tf.random.normal((6, 3))
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(3):
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(tf.nn.softplus(x @ weight))
        baseline.assign(0.9 * baseline + 0.1 * value)
        loss = value * (1.0 + 0.1 * baseline)
    optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
    average.assign(0.99 * average + 0.01 * weight)
    print(loss.numpy())
