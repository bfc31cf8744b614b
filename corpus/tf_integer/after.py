import tensorflow as tf

side = tf.Variable(3.0)
with tf.GradientTape() as tape:
    volume = side * side * side
print("surface over two", tape.gradient(volume, side))
