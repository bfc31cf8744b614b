import tensorflow as tf

tf.keras.utils.set_random_seed(20)
model = tf.keras.Sequential([tf.keras.layers.Dense(6, activation="relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal((10, 3)), tf.random.normal((10, 1))
for _ in range(2):
    with tf.GradientTape() as tape:
        error = model(x) - y
        hard = tf.cast(tf.abs(error) > tf.reduce_mean(tf.abs(error)), tf.float32)
        loss = tf.reduce_sum(hard * error**2) / tf.reduce_sum(hard)
        rounded = tf.round(model(x))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(loss.numpy(), tf.reduce_mean(tf.abs(rounded - y)).numpy())
