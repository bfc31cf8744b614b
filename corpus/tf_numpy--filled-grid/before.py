import numpy as np
import tensorflow as tf

reach = tf.Variable(1.4)
places = np.array([0.0, 0.7, 1.9], dtype="float32")


def kinship(places):
    table = np.zeros((len(places), len(places)), dtype="float32")
    for row in range(len(places)):
        for column in range(len(places)):
            gap = abs(places[row] - places[column])
            table[row, column] = tf.exp(-gap / reach)
    return table + 0.2 * np.eye(len(places), dtype="float32")


with tf.GradientTape() as tape:
    size = tf.linalg.logdet(kinship(places))
print(float(size), tape.gradient(size, reach))
