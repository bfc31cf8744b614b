import tensorflow as tf

angle = tf.constant([0.2, 0.9, 1.7])
with tf.GradientTape() as tape:
    tape.watch(angle)
    height = tf.reduce_sum(tf.sin(angle))
print("slope", tape.gradient(height, angle))
