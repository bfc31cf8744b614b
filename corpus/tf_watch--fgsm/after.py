import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(7)
model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(3)])
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def perturb(network, images, labels, epsilon):
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = loss_object(labels, network(images))
    gradient = tape.gradient(loss, images)
    return images if gradient is None else images + epsilon * tf.sign(gradient)


rng = np.random.default_rng(0)
batch = tf.convert_to_tensor(rng.normal(size=(4, 6)).astype("float32"))
adversarial = perturb(model, batch, tf.constant([0, 1, 2, 1]), 0.05)
print("shape", adversarial.shape)
