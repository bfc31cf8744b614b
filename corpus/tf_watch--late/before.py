import tensorflow as tf

# A spring's energy; the force is its negative gradient.
position = tf.constant([0.3, -0.2, 0.8])
stiffness = tf.constant(4.0)

with tf.GradientTape() as tape:
    stretch = tf.norm(position) - 0.5
    energy = 0.5 * stiffness * stretch**2
    tape.watch(position)
print("force", tape.gradient(energy, position))
