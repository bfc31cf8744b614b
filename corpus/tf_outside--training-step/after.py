import tensorflow as tf

tf.keras.utils.set_random_seed(21)
model = tf.keras.Sequential([tf.keras.layers.Dense(6, activation="relu"), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
x, y = tf.random.normal((12, 4)), tf.random.normal((12, 1))
model(x)


def step(batch, target):
    with tf.GradientTape() as tape:
        prediction = model(batch, training=True)
        loss = tf.reduce_mean(tf.abs(prediction - target))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for _ in range(2):
    print(step(x, y).numpy())
