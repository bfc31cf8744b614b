import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(10)
model = tf.keras.Sequential([tf.keras.layers.Dense(6, activation="relu"), tf.keras.layers.Dense(3)])
optimizer = tf.keras.optimizers.Adam(0.01)
x = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
y = np.array([0, 1, 2] * 4)
history = []
for _ in range(2):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        predicted = np.argmax(logits.numpy(), axis=1)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    history.append((float(loss), float(np.mean(predicted == y))))
print(np.round(np.array(history), 3))
