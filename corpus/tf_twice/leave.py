import tensorflow as tf

# The features of a clean and of a noisy batch are compared; the model's own answer trains it.
tf.keras.utils.set_random_seed(73)
given = tf.keras.Input((5,))
inner = tf.keras.layers.Dense(4, activation="tanh")(given)
answer = tf.keras.layers.Dense(1)(inner)
model = tf.keras.Model(given, answer)
features = tf.keras.Model(given, inner)
optimizer = tf.keras.optimizers.SGD(0.1)
clean, wanted = tf.random.normal((6, 5)), tf.random.normal((6, 1))
for _ in range(2):
    with tf.GradientTape() as tape:
        before = features(clean)
        loss = tf.reduce_mean((model(clean) - wanted) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print("loss", loss.numpy(), "moved", tf.reduce_mean(tf.abs(features(clean) - before)).numpy())
