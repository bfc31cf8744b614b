import numpy as np
import tensorflow as tf

dose = np.arange(1, 5)
level = tf.constant(dose, dtype=tf.float32)
with tf.GradientTape() as tape:
    tape.watch(level)
    response = tf.cast(level, tf.float32) ** 2 / 4.0
    effect = tf.reduce_sum(response)
print("effect", tape.gradient(effect, level))
