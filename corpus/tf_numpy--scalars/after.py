import math

import tensorflow as tf

deviation = tf.Variable(1.2)
data = [0.1, 0.7, -0.4]
with tf.GradientTape() as tape:
    total = 0.0
    for value in data:
        total += value**2 / (2 * tf.pow(deviation, 2)) + tf.math.log(deviation)
    loss = total / len(data)
print("deviation", tape.gradient(loss, deviation))
