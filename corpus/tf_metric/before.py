import tensorflow as tf

tf.keras.utils.set_random_seed(53)
model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)])
mse = tf.keras.metrics.MeanSquaredError()
optimizer = tf.keras.optimizers.SGD(0.1)
x, y = tf.random.normal((8, 3)), tf.random.normal((8, 1))
for epoch in range(2):
    with tf.GradientTape() as tape:
        loss = mse(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
