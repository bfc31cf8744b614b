import tensorflow as tf

tf.keras.utils.set_random_seed(17)
net = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(2)])
optimizer = tf.keras.optimizers.SGD(0.05)
x = tf.random.normal((7, 3))
net(x)
scale = 1.0
for step in range(3):
    predicted = net(x)
    with tf.GradientTape() as tape:
        near = tf.reduce_mean((predicted[:, 0] - 2.0) ** 2)
        far = tf.reduce_mean(tf.abs(predicted[:, 1] + 1.0))
        scale = 0.8 * scale + 0.2 * float(far)
        loss = near + far / scale
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    print(step, float(loss))
