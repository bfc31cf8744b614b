import math

import tensorflow as tf

mean = tf.Variable(0.3)
deviation = tf.Variable(1.2)
data = [0.1, 0.7, -0.4]
with tf.GradientTape() as tape:
    total = 0.0
    for value in data:
        total += (value - mean) ** 2 / (2 * deviation**2)
    total += len(data) * math.log(deviation)
    loss = total / len(data)
print(tape.gradient(loss, [mean, deviation]))
