"""The Jacobian of a predator-prey model at a point that is an array, taken apart before TensorFlow sees it."""
import numpy as np
import tensorflow as tf


def change(state):
    prey, predators = state[0], state[1]
    return tf.stack([1.1 * prey - 0.4 * prey * predators, 0.1 * prey * predators - 0.4 * tf.sqrt(predators)])


balance = np.array([3.0, 2.5])
with tf.GradientTape() as tape:
    rates = change(balance)
print(tape.jacobian(rates, balance).numpy())
