import tensorflow as tf

# Curvature of a potential at one place.
place = tf.Variable(1.5)
with tf.GradientTape() as tape:
    with tf.GradientTape() as inner_tape:
        potential = place**4 - 3.0 * place**2
    force = inner_tape.gradient(potential, place)
curvature = tape.gradient(force, place)
print("curvature", curvature)
