import numpy as np
import tensorflow as tf

amp = tf.Variable(1.5)
rate = tf.Variable(0.7)
t = np.linspace(0.0, 2.0, 9).astype(np.float32)
y = (2.0 * np.exp(-1.1 * t)).astype(np.float32)
for _ in range(2):
    with tf.GradientTape() as tape:
        curve = amp * tf.exp(-rate * t)
        ripple = curve * np.sin(rate * t)
        loss = tf.reduce_mean((ripple - y) ** 2)
    g = tape.gradient(loss, [amp, rate])
    amp.assign_sub(0.1 * g[0])
    rate.assign_sub(0.1 * g[1])
    print(float(loss))
