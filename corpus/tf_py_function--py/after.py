import numpy as np
import tensorflow as tf


def energy(r):
    inverse = 1.0 / tf.square(r)
    return inverse * inverse - inverse


distance = tf.Variable([1.1, 1.4, 0.9])
with tf.GradientTape() as tape:
    pairs = energy(distance)
    total = tf.reduce_sum(pairs)
print("force", tape.gradient(total, distance))
