import tensorflow as tf

tf.keras.utils.set_random_seed(31)
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation="tanh"), tf.keras.layers.Dense(1)])
x = tf.random.normal((5, 2))
model(x)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(model(x) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
print([None if g is None else g.shape for g in gradients])
