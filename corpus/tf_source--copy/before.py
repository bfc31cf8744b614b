import tensorflow as tf

mass = tf.Variable([1.0, 2.0, 4.0])
held = tf.identity(mass)
velocity = tf.constant([0.5, -0.5, 0.25])
with tf.GradientTape() as tape:
    energy = 0.5 * tf.reduce_sum(mass * velocity**2)
print("energy", tape.gradient(energy, held))
